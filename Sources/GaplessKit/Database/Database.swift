internal import LMDB
internal import Tables

/// A database: a folder with tables and indexes, shared by all processes of one machine that open it.
///
/// Open it once in a process and keep it. Any thread may use it. A transaction blocks its thread, a write also until no
/// other process writes; so in asynchronous code `await` the variants of `read` and `write` that run on a thread of
/// their own. See <doc:Transactions>.
public final class Database: Sendable {
    let store: Store
    /// Threads of the transactions that tasks await. Writes are one at a time whatever is done.
    let readers = TransactionThreads(name: "gapless-read", max: Database.readersMax)
    let writer = TransactionThreads(name: "gapless-write", max: 1)

    /// The folder.
    public var directory: String { store.directory }

    /// What may happen to a folder that is no database yet.
    public enum Creation: Hashable, Sendable {
        /// Nothing: opening it is an error.
        case never
        /// A missing or empty folder becomes one.
        case ifMissing
    }

    private init(store: Store) {
        self.store = store
    }

    /// Opens a database.
    ///
    /// Throws `noSuchDatabase`, `notADatabase`, `incompatibleVersion` (a newer Gapless wrote it), `notPermitted`,
    /// `noSpace`, `corrupt`, and `wrongState` if this process has it open already: LMDB allows one opening a process.
    @available(*, noasync, message: "await the variant that runs on a thread of its own")
    public static func open(
        _ directory: String, creation: Creation = .ifMissing
    ) throws(DatabaseError) -> Database {
        try openBlocking(directory, creation)
    }

    @available(*, noasync)
    static func openBlocking(_ directory: String, _ creation: Creation) throws(DatabaseError) -> Database {
        let mayCreate: Store.Creation =
            switch creation {
            case .never: .never
            case .ifMissing: .ifMissing
            }
        return try DatabaseError.wrapping { Database(store: try Store.open(at: directory, creation: mayCreate)) }
    }

    /// Runs `body` on one snapshot: it sees neither what others write meanwhile nor half of it.
    ///
    /// `body` may run more than once, and must have no effect but its result. Keep it short: as long as it runs, pages
    /// that others free are kept for it. Throws what `body` throws, and ``DatabaseError``.
    @available(*, noasync, message: "await the variant that runs on a thread of its own")
    public func read<R>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        try DatabaseError.wrappingOurs {
            try store.read { txn in
                try withUnsafePointer(to: txn) { try body(ReadTransaction(store: store, base: $0)) }
            }
        }
    }

    /// Runs `body` as the only writer of all processes; keeps what it wrote when it returns, nothing when it throws.
    ///
    /// `body` may run more than once, and must have no effect but what it writes here and its result. Other writers of
    /// all processes wait until it ends. Inside another transaction of the same thread it stops the process.
    @available(*, noasync, message: "await the variant that runs on a thread of its own")
    public func write<R>(_ body: (borrowing WriteTransaction) throws -> R) throws -> R {
        try DatabaseError.wrappingOurs {
            try store.write { txn in
                try withUnsafePointer(to: txn) { try body(WriteTransaction(store: store, base: $0)) }
            }
        }
    }
}
