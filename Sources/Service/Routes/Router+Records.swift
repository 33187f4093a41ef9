internal import LMDB
internal import Tables
internal import Values

/// One record under its key.
extension Router {
    private struct Stored: Encodable {
        let table: String
        let record: String
    }

    private struct Deleted: Encodable {
        let table: String
        let deleted: String
    }

    func record(_ table: String, _ key: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let record = try store.read { txn -> Value in
            let table = try store.table(table, in: txn)
            guard let record = try store.record(key: store.key(key, of: table, in: txn), of: table, in: txn) else {
                throw GaplessError(.noSuchRecord, "\(table.name) has no record \(key)", record: key)
            }
            return record
        }
        return HTTPResponse(status: 200, type: "application/json", body: Array((record.jsonText + "\n").utf8))
    }

    /// Stores the record of the body, which holds its key as every record does: the path must name that key. Only a
    /// record of an attached table may leave its key to the path.
    func put(_ table: String, _ key: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let seen = try store.read { txn in try store.table(table, in: txn) }
        let record = try seen.completing(Router.record(request.body, seen.schema, key: key), withKey: key)
        // Nothing is parsed while other writers wait.
        let isNew = try store.write { txn in
            let current = try store.table(table, in: txn)
            guard current == seen else {
                throw GaplessError(.busy, "the table \(table) was made anew meanwhile: try again", retryAfterSeconds: 1)
            }
            let encoded = try current.key(of: record)
            guard current.key(encoded, isReadAs: key) else {
                throw GaplessError(
                    .badRecord, "the path names the record \(key), and the body holds another \(current.keyField)",
                    record: key)
            }
            let exists = try store.withRecord(key: encoded.span.bytes, of: current, in: txn) { _ in true } ?? false
            try store.put(record, into: table, in: txn)
            return !exists
        }
        return try .json(Stored(table: table, record: key), status: isNew ? 201 : 200)
    }

    func delete(_ table: String, _ key: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        try store.write { txn in
            let record = try store.table(table, in: txn)
            try store.delete(key: store.key(key, of: record, in: txn), from: table, in: txn)
        }
        return try .json(Deleted(table: table, deleted: key))
    }

    private static func record(_ body: [UInt8], _ schema: Schema, key: String) throws -> Value {
        do {
            return try Value(json: body.span.bytes, schema: schema)
        } catch {
            throw GaplessError(.badRecord, "the record of the body is not well formed: \(error)", record: key)
        }
    }
}
