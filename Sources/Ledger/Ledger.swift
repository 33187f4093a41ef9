public import Backfill
internal import LMDB
public import Tables

/// The ledger stores what is durable of every build, in the environment of the data: a mark never outlives what it
/// stands on.
///
/// Rows are JSON under these keys of the database `gapless/ledger` (numbers are 8 bytes, most significant first):
///
///     format                  "gapless-ledger 1"; none of older programs is of format 1
///     office                  OfficeRow: who coordinates, in which epoch
///     j job                   JobRow
///     r job range             RangeRow
///     b job index             BuildRow
///     h index-id job          HistoryRow: what stays of a build when its job's rows are gone
///
/// Any thread may use it; every call is one transaction of LMDB and blocks.
public final class Ledger: Sendable {
    /// The database that it is about.
    public let store: Store

    /// The ledger of a database.
    public init(_ store: Store) {
        self.store = store
    }

    static let databaseName = "gapless/ledger"

    /// The environment's id as the core knows it. Throws `CORRUPT` if it is not 32 hexadecimal digits.
    public func environment() throws -> Nonce {
        guard let bytes = Hex.bytes(store.environmentID), let nonce = Nonce(bytes: bytes) else {
            throw GaplessError(.corrupt, "the environment's id \(store.environmentID) is not 32 hexadecimal digits")
        }
        return nonce
    }

    /// Raised when a program of the older number would misread the rows.
    static let formatVersion = 1

    /// The ledger's database, if anybody ever took office; throws `INCOMPATIBLE_VERSION` for one of a later format.
    func database(in txn: borrowing some ReadableTransaction & ~Copyable) throws -> Database? {
        guard let database = try txn.databaseIfPresent(Ledger.databaseName) else { return nil }
        try checkFormat(of: database, in: txn)
        return database
    }

    func checkFormat(of database: Database, in txn: borrowing some ReadableTransaction & ~Copyable) throws {
        guard let row = try txn.value(of: Row.format, in: database) else { return }
        let words = String(decoding: row, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "gapless-ledger", let version = Int(words[1]) else {
            throw GaplessError(.corrupt, "the ledger of \(store.directory) does not say its format")
        }
        guard version <= Ledger.formatVersion else {
            throw GaplessError(
                .incompatibleVersion,
                "the ledger of \(store.directory) has format \(version), this program knows formats up to "
                    + "\(Ledger.formatVersion): use a newer gapless")
        }
    }

    func requiredDatabase(in txn: borrowing some ReadableTransaction & ~Copyable) throws -> Database {
        guard let database = try database(in: txn) else {
            throw GaplessError(
                .corrupt, "the environment \(store.directory) has no ledger although a build is under way")
        }
        return database
    }
}

/// A lease or an office that the ledger does not confirm: whoever meets this stops at once and changes nothing.
public enum Fenced: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another coordinator has taken office.
    case office(OfficeRow?)
    /// The lease is not the one that is recorded.
    case lease(Lease)
    /// The index that the lease is about was paused.
    case paused(Lease)

    /// One line for people.
    public var description: String {
        switch self {
        case .office(let office?): "another coordinator took over: epoch \(office.epoch), pid \(office.incarnation.pid)"
        case .office(nil): "no coordinator holds office in this environment"
        case .lease(let lease): "the \(lease) was given to somebody else"
        case .paused(let lease): "the \(lease) stops: its index was paused"
        }
    }
}
