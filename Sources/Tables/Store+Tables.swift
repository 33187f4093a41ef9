public import LMDB
public import Values

extension Store {
    /// Creates a table whose primary key is `keyField` of each record.
    ///
    /// Throws `ALREADY_EXISTS`, `BAD_NAME`, `CORRUPT` (a database of its name is there already).
    @discardableResult
    public func createTable(
        _ name: String, keyField: FieldPath, format: ValueFormat = .messagePack, schema: Schema = Schema(),
        in txn: borrowing WriteTransaction
    ) throws -> TableRecord {
        try ObjectName.check(name, of: "table")
        if let table = try catalog(in: txn).tableIfPresent(name) {
            throw GaplessError(
                .alreadyExists, "the table \"\(name)\" exists already (key \(table.keyField)): choose another name")
        }
        let table = TableRecord(
            id: try nextID(in: txn), name: name, keyField: keyField, format: format, schema: schema,
            attachment: nil, createdAt: clock())
        try createFreshDatabase(Store.recordsDatabase(table: table.id), in: txn)
        try save(table, in: txn)
        return table
    }

    /// The tables that exist, by name.
    public func tables(in txn: borrowing some ReadableTransaction & ~Copyable) throws -> [TableRecord] {
        try catalog(in: txn).tables
    }

    /// The table of this name; throws `NO_SUCH_TABLE`.
    public func table(_ name: String, in txn: borrowing some ReadableTransaction & ~Copyable) throws -> TableRecord {
        try catalog(in: txn).table(name)
    }

    /// The database that holds a table's records.
    ///
    /// Throws `NO_SUCH_DATABASE` and `NOT_ATTACHABLE` if the program that owns an attached table's database took it
    /// away or made it anew in another way.
    public func records(
        of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Database {
        guard let attachment = table.attachment else { return try txn.database(table.recordsDatabase) }
        return try database(of: attachment, of: table, in: txn)
    }

    /// How many records a table has.
    public func recordsCount(
        of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int {
        try txn.statistics(of: records(of: table, in: txn)).entries
    }

    /// Drops a table and its indexes: they are gone for everybody at once, `cleanDropped` frees their pages.
    ///
    /// An attached table is detached: its indexes go, the records stay in the database of the program that owns them.
    ///
    /// Throws `NO_SUCH_TABLE`.
    public func dropTable(_ name: String, in txn: borrowing WriteTransaction) throws {
        let catalog = try catalog(in: txn)
        var table = try catalog.table(name)
        for index in catalog.indexes(of: table) { try drop(index, in: txn) }
        table.droppedAt = clock()
        try save(table, in: txn)
    }

    /// Creates a database that must not exist yet (S8: leftovers are never built upon).
    func createFreshDatabase(_ name: String, in txn: borrowing WriteTransaction) throws {
        guard try txn.databaseIfPresent(name) == nil else {
            throw Self.leftover(name)
        }
        _ = try txn.createDatabase(name)
    }

    static func leftover(_ name: String) -> GaplessError {
        GaplessError(
            .corrupt, "the database \(name) is there before it was created: the catalog does not fit the environment")
    }
}
