internal import LMDB
internal import Tables

/// One snapshot of a database; what the closure of `Database.read` is given.
///
/// It lives as long as the closure that it is lent to.
public struct ReadTransaction: ~Copyable {
    private let reading: Reading<LMDB.ReadTransaction>

    /// The pointer is good until the closure returns that this transaction is lent to, and it cannot leave that.
    init(store: Store, base: UnsafePointer<LMDB.ReadTransaction>) {
        reading = Reading(store: store, base: base)
    }

    /// The record with this primary key; nil if there is none.
    ///
    /// Throws `noSuchTable`, and `badRecord` if it does not fit `Record`.
    public func get<Record>(
        _ key: some ValueConvertible, from table: Table<Record>
    ) throws(DatabaseError) -> Record? {
        try reading.get(key.gaplessValue, table)
    }

    /// The records that a condition selects.
    ///
    /// State of the indexes, entries and records are of this one snapshot. Throws `indexNotReady` and `indexBlocked` if
    /// an index that is not ready would serve, `noIndex` if none would and `allowScan` is false; `badQuery`,
    /// `noSuchTable`, `badRecord`. Without `orderBy` they come by primary key or as the index has them.
    public func query<Record>(
        _ table: Table<Record>, where condition: Condition? = nil, orderBy: String? = nil, limit: Int? = nil,
        offset: Int = 0, allowScan: Bool = false
    ) throws(DatabaseError) -> [Record] {
        try reading.query(table, Asked(condition, orderBy, limit, offset, allowScan))
    }

    /// As ``query(_:where:orderBy:limit:offset:allowScan:)``, one record at a time, until `body` returns false.
    ///
    /// For answers that are too large to hold. Throws what `body` throws, too.
    public func forEach<Record>(
        in table: Table<Record>, where condition: Condition? = nil, orderBy: String? = nil, limit: Int? = nil,
        offset: Int = 0, allowScan: Bool = false, _ body: (Record) throws -> Bool
    ) throws {
        try reading.forEach(table, Asked(condition, orderBy, limit, offset, allowScan), body)
    }

    /// How such a query would be answered now, a step a line.
    public func explain<Record>(
        _ table: Table<Record>, where condition: Condition? = nil, orderBy: String? = nil, limit: Int? = nil,
        offset: Int = 0, allowScan: Bool = false
    ) throws(DatabaseError) -> [String] {
        try reading.explain(table, Asked(condition, orderBy, limit, offset, allowScan))
    }

    /// How many records a table has. Throws `noSuchTable`.
    public func count<Record>(_ table: Table<Record>) throws(DatabaseError) -> Int { try reading.count(table) }

    /// The names of all tables.
    public func tables() throws(DatabaseError) -> [String] { try reading.tables() }

    /// The indexes of a table. Throws `noSuchTable`.
    public func indexes<Record>(of table: Table<Record>) throws(DatabaseError) -> [IndexStatus] {
        try reading.indexes(of: table.name)
    }

    /// The index of this full name, as `people.email`. Throws `noSuchIndex`, `noSuchTable`, `badName`.
    public func index(_ name: String) throws(DatabaseError) -> IndexStatus { try reading.index(name) }
}
