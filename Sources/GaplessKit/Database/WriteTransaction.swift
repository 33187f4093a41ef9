internal import LMDB
internal import Tables
internal import Values

/// The one transaction that writes, and reads what it wrote; what the closure of `Database.write` is given.
///
/// It lives as long as the closure that it is lent to. Let errors out of that closure, and nothing of it is kept.
public struct WriteTransaction: ~Copyable {
    private let reading: Reading<LMDB.WriteTransaction>

    /// The pointer is good until the closure returns that this transaction is lent to, and it cannot leave that.
    init(store: Store, base: UnsafePointer<LMDB.WriteTransaction>) {
        reading = Reading(store: store, base: base)
    }

    private var store: Store { reading.store }

    // MARK: Tables and indexes

    /// Creates a table; one that is there with the same meaning is left as it is, and the answer is false.
    ///
    /// Throws `alreadyExists` for another meaning, `badName`, `badDefinition`.
    @discardableResult
    public func create<Record>(_ table: Table<Record>) throws(DatabaseError) -> Bool {
        try DatabaseError.wrapping {
            if let existing = try store.catalog(in: reading.base.pointee).tableIfPresent(table.name) {
                try table.check(existing)
                return false
            }
            try store.createTable(
                table.name, keyField: try FieldPath(table.key), format: table.valueFormat, schema: table.schema,
                in: reading.base.pointee)
            return true
        }
    }

    /// Drops a table with its records and indexes. Throws `noSuchTable`.
    public func drop<Record>(_ table: Table<Record>) throws(DatabaseError) {
        try DatabaseError.wrapping { try store.dropTable(table.name, in: reading.base.pointee) }
    }

    /// Declares an index; one that is there with the same meaning is left as it is.
    ///
    /// It answers queries once it was built by a process of its own: see <doc:Building>. Its name is that of its fields
    /// unless `name` is given; the full name stands in the answer. Throws `alreadyExists` for another meaning,
    /// `noSuchTable`, `badDefinition`, `badName`.
    @discardableResult
    public func declareIndex<Record>(
        on table: Table<Record>, _ fields: String..., name: String? = nil, isUnique: Bool = false,
        indexesNulls: Bool = true
    ) throws(DatabaseError) -> IndexStatus {
        try DatabaseError.wrapping {
            let definition = IndexDefinition(
                fields: try fields.map { try FieldPath($0) }, name: name, indexesNulls: indexesNulls,
                isUnique: isUnique)
            return IndexStatus(try store.declareIndex(on: table.name, definition, in: reading.base.pointee).index)
        }
    }

    /// Drops an index, in whatever state. Throws `noSuchIndex`.
    public func dropIndex(_ name: String) throws(DatabaseError) {
        try DatabaseError.wrapping { try store.dropIndex(name, in: reading.base.pointee) }
    }

    // MARK: Records

    /// Stores a record in place of the one with its key, and changes the indexes with it.
    ///
    /// Throws `badRecord` if it cannot be stored or an index cannot hold it, `uniqueViolation`, `noSuchTable`.
    public func put<Record>(_ record: Record, into table: Table<Record>) throws(DatabaseError) {
        try store(record, in: table, replacing: true)
    }

    /// Stores a record whose key no other has; throws `duplicateKey` if one has it, else as ``put(_:into:)``.
    public func insert<Record>(_ record: Record, into table: Table<Record>) throws(DatabaseError) {
        try store(record, in: table, replacing: false)
    }

    private func store<Record>(_ record: Record, in table: Table<Record>, replacing: Bool) throws(DatabaseError) {
        try DatabaseError.wrapping {
            let value: Values.Value
            do {
                value = try RecordEncoder.encode(record)
            } catch let error as EncodingError {
                throw DatabaseError(.badRecord, "a \(Record.self) cannot be stored: \(RecordEncoder.reason(of: error))")
            }
            try store.put(value, into: table.name, replacing: replacing, in: reading.base.pointee)
        }
    }

    /// Deletes the record with this primary key; false if there is none. Throws `noSuchTable`.
    @discardableResult
    public func delete<Record>(
        _ key: some ValueConvertible, from table: Table<Record>
    ) throws(DatabaseError) -> Bool {
        try DatabaseError.wrapping {
            let row = try store.table(table.name, in: reading.base.pointee)
            let encoded = try row.key(for: key.gaplessValue.stored)
            return try store.delete(key: encoded, from: table.name, in: reading.base.pointee)
        }
    }
}

/// What a read transaction can do, with what this one wrote.
extension WriteTransaction {
    /// The record with this primary key; see ``ReadTransaction/get(_:from:)``.
    public func get<Record>(
        _ key: some ValueConvertible, from table: Table<Record>
    ) throws(DatabaseError) -> Record? {
        try reading.get(key.gaplessValue, table)
    }

    /// The records that a condition selects; see ``ReadTransaction/query(_:where:orderBy:limit:offset:allowScan:)``.
    public func query<Record>(
        _ table: Table<Record>, where condition: Condition? = nil, orderBy: String? = nil, limit: Int? = nil,
        offset: Int = 0, allowScan: Bool = false
    ) throws(DatabaseError) -> [Record] {
        try reading.query(table, Asked(condition, orderBy, limit, offset, allowScan))
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
