public import LMDB

/// Writes records of one table together with what its indexes derive from them.
///
/// Keep one over many records and many transactions: buffers are used again, and catalog, databases and extractor are
/// looked up once a transaction. It holds nothing that an aborted transaction could leave behind, so it may be used in
/// a body that runs more than once. One thread at a time.
public struct TableWriter: ~Copyable {
    /// The table it writes to.
    public let tableName: String

    private let store: Store
    private var resolved: TableResolution?
    private var maintenance = IndexMaintenance()

    init(store: Store, tableName: String) {
        self.store = store
        self.tableName = tableName
    }

    /// Stores a whole record that is already encoded, under its encoded primary key.
    ///
    /// The caller answers for key and record belonging together. If the table has indexes the record is checked as a
    /// whole: one that any of them cannot take is refused with `BAD_RECORD`, one that takes a key of a unique index
    /// which another record is known to have with `UNIQUE_VIOLATION`, and nothing is written for it. Unless
    /// `replacing`, a key that exists is refused with `DUPLICATE_KEY`. Throws `NO_SUCH_TABLE` and `LMDBError` too.
    public mutating func put(
        key: RawSpan, record: RawSpan, replacing: Bool = true, in txn: borrowing WriteTransaction
    ) throws {
        try put(key: key, record: record, replacing: replacing, .unknown, in: txn)
    }

    /// What is known about a key before it is put.
    enum Existence {
        /// It may be there.
        case unknown
        /// It sorts after every key that is there.
        case beyondLast
    }

    mutating func put(
        key: RawSpan, record: RawSpan, replacing: Bool, _ existence: Existence, in txn: borrowing WriteTransaction
    ) throws {
        let table = try resolve(txn)
        guard table.table.isAttached else { return try putStored(key, record, replacing, existence, table, txn) }
        let stored = try table.table.stored(record, under: key)
        try putStored(key, stored.span.bytes, replacing, existence, table, txn)
    }

    private mutating func putStored(
        _ key: RawSpan, _ record: RawSpan, _ replacing: Bool, _ existence: Existence, _ table: TableResolution,
        _ txn: borrowing WriteTransaction
    ) throws {
        if !table.maintained.isEmpty {
            try putWithIndexes(key, record, replacing, existence, table, txn)
        } else if existence == .beyondLast {
            try txn.put(key, record, in: table.records, .append)
        } else if replacing {
            try txn.put(key, record, in: table.records)
        } else {
            try putNew(key, record, table, txn)
        }
    }

    /// Deletes a record by its encoded primary key; false if there is none.
    @discardableResult
    public mutating func delete(key: RawSpan, in txn: borrowing WriteTransaction) throws -> Bool {
        let table = try resolve(txn)
        guard !table.maintained.isEmpty else { return try txn.delete(key, in: table.records) }
        guard try takeOld(key, table, txn) else { return false }
        maintenance.clearNew()
        try maintenance.apply(table, in: txn)
        if table.hasBadRecords { try store.healBad(key, table, in: txn) }
        return try txn.delete(key, in: table.records)
    }

    private mutating func putWithIndexes(
        _ key: RawSpan, _ record: RawSpan, _ replacing: Bool, _ existence: Existence, _ table: TableResolution,
        _ txn: borrowing WriteTransaction
    ) throws {
        try maintenance.takeNew(key: key, record: record, table)
        let exists = try existence == .unknown && takeOld(key, table, txn)
        if !exists { maintenance.clearOld() }
        guard replacing || !exists else { throw Self.duplicate(key, table) }
        if table.hasUnique { try maintenance.checkUnique(key: key, table, in: txn) }
        try maintenance.apply(table, in: txn)
        if table.hasBadRecords { try store.healBad(key, table, in: txn) }
        try txn.put(key, record, in: table.records, existence == .beyondLast ? .append : [])
    }

    private func putNew(
        _ key: RawSpan, _ record: RawSpan, _ table: TableResolution, _ txn: borrowing WriteTransaction
    ) throws {
        do {
            try txn.put(key, record, in: table.records, .noOverwrite)
        } catch let error as LMDBError where error.code == .keyExists {
            throw Self.duplicate(key, table)
        }
    }

    /// Takes the entries of the record as this transaction sees it; false if there is none.
    private mutating func takeOld(
        _ key: RawSpan, _ table: TableResolution, _ txn: borrowing WriteTransaction
    ) throws -> Bool {
        let exists: Void? = try txn.withValue(of: key, in: table.records) { record in
            try maintenance.takeOld(key: key, record: record, table)
        }
        return exists != nil
    }

    /// The table as this transaction sees it; throws `NO_SUCH_TABLE`.
    public mutating func table(in txn: borrowing WriteTransaction) throws -> TableRecord { try resolve(txn).table }

    mutating func recordsDatabase(in txn: borrowing WriteTransaction) throws -> Database { try resolve(txn).records }

    private mutating func resolve(_ txn: borrowing WriteTransaction) throws -> TableResolution {
        if let resolved, resolved.isCurrent(in: store, txn) { return resolved }
        let fresh = try TableResolution(of: tableName, in: store, txn)
        resolved = fresh
        return fresh
    }

    private static func duplicate(_ key: RawSpan, _ table: TableResolution) -> GaplessError {
        let record = table.table.text(ofKey: key)
        return GaplessError(
            .duplicateKey, "\(table.table.name) already has a record \(record)", record: record)
    }
}
