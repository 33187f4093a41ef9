internal import LMDB
internal import Tables
internal import Values

/// What a query asks for beyond its table.
struct Asked {
    let condition: Condition?
    let orderBy: String?
    let limit: Int?
    let offset: Int
    let allowScan: Bool

    init(_ condition: Condition?, _ orderBy: String?, _ limit: Int?, _ offset: Int, _ allowScan: Bool) {
        self.condition = condition
        self.orderBy = orderBy
        self.limit = limit
        self.offset = offset
        self.allowScan = allowScan
    }

    /// Throws `BAD_QUERY`.
    func query() throws -> Query {
        if let fault = condition?.fault { throw DatabaseError(.badQuery, fault) }
        return try Query(
            where: condition?.text, orderBy: orderBy, limit: limit, offset: offset, allowScan: allowScan)
    }
}

/// What both kinds of transactions can do: each lends its own.
struct Reading<Base: LMDB.ReadableTransaction & ~Copyable> {
    let store: Store
    let base: UnsafePointer<Base>

    func get<Record>(_ key: Value, _ table: Table<Record>) throws(DatabaseError) -> Record? {
        try DatabaseError.wrapping {
            let row = try store.table(table.name, in: base.pointee)
            let encoded = try row.key(for: key.stored)
            guard let value = try store.record(key: encoded, of: row, in: base.pointee) else { return nil }
            return try Self.record(value, table, row, key: encoded)
        }
    }

    func query<Record>(_ table: Table<Record>, _ asked: Asked) throws(DatabaseError) -> [Record] {
        try DatabaseError.wrapping {
            var records: [Record] = []
            try forEach(table, asked) { record in
                records.append(record)
                return true
            }
            return records
        }
    }

    func forEach<Record>(_ table: Table<Record>, _ asked: Asked, _ body: (Record) throws -> Bool) throws {
        try DatabaseError.wrappingOurs {
            let row = try store.table(table.name, in: base.pointee)
            try store.query(asked.query(), table: table.name, in: base.pointee) { found in
                // The schema of a JSON table says which texts are instants and bytes.
                let value = try found.withValue { try row.decode($0) }
                let key = found.withKey { $0.withUnsafeBytes(Array.init) }
                return try body(try Self.record(value, table, row, key: key))
            }
        }
    }

    func explain<Record>(_ table: Table<Record>, _ asked: Asked) throws(DatabaseError) -> [String] {
        try DatabaseError.wrapping {
            try store.explain(asked.query(), table: table.name, in: base.pointee).plan.map(\.text)
        }
    }

    func count<Record>(_ table: Table<Record>) throws(DatabaseError) -> Int {
        try DatabaseError.wrapping {
            try store.recordsCount(of: store.table(table.name, in: base.pointee), in: base.pointee)
        }
    }

    func tables() throws(DatabaseError) -> [String] {
        try DatabaseError.wrapping { try store.tables(in: base.pointee).map(\.name) }
    }

    func indexes(of table: String) throws(DatabaseError) -> [IndexStatus] {
        try DatabaseError.wrapping {
            let catalog = try store.catalog(in: base.pointee)
            return catalog.indexes(of: try catalog.table(table)).map(IndexStatus.init)
        }
    }

    func index(_ name: String) throws(DatabaseError) -> IndexStatus {
        try DatabaseError.wrapping { IndexStatus(try store.catalog(in: base.pointee).index(name)) }
    }

    private static func record<Record>(
        _ value: Values.Value, _ table: Table<Record>, _ row: TableRecord, key: [UInt8]
    ) throws -> Record {
        do {
            return try RecordDecoder.decode(Record.self, from: value)
        } catch let error as DecodingError {
            let record = row.text(ofKey: key.span.bytes)
            throw DatabaseError(
                .badRecord,
                "record \(record) of \(table.name) does not fit \(Record.self): \(RecordDecoder.reason(of: error))",
                record: record)
        }
    }
}
