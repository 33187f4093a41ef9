import Glibc
import LMDB
import Tables
import Values

/// A database in a folder of its own with a table `t` (key `id`); the folder goes when the test lets it go.
final class QueryStore {
    let store: Store
    let folder: String

    init(format: ValueFormat = .messagePack, schema: Schema = Schema()) throws {
        var template = Array("/tmp/gapless-query-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        folder = String(cString: made)
        var options = Environment.Options()
        options.isSynced = false
        options.mapBytes = 1 << 30
        store = try Store.open(at: folder, creation: .ifMissing, options: options)
        for name in ["t", "plain"] {
            try store.write { txn in
                _ = try store.createTable(name, keyField: FieldPath("id"), format: format, schema: schema, in: txn)
            }
        }
    }

    deinit {
        for name in ["data.mdb", "lock.mdb", "gate"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// Declares an index on `t`, which must be empty for it to become ready at once.
    @discardableResult
    func index(_ fields: String..., nulls: Bool = true, state: IndexState = .ready) throws -> IndexRecord {
        try index(fields, nulls: nulls, state: state)
    }

    @discardableResult
    func index(
        _ fields: [String], nulls: Bool = true, state: IndexState = .ready, layout: IndexLayout = .plain
    ) throws -> IndexRecord {
        let definition = IndexDefinition(fields: try fields.map { try FieldPath($0) }, indexesNulls: nulls)
        return try store.write { txn in
            let index = try store.declareIndex(on: "t", definition, in: txn).index
            if layout == .grouped { try store.group(index, generation: 1, in: txn) }
            try set(index, to: state, generation: 1, txn)
            return index
        }
    }

    func set(_ index: IndexRecord, to state: IndexState, generation: UInt32, _ txn: borrowing WriteTransaction) throws {
        switch state {
        case .ready: _ = try store.publish(index, generation: generation, limit: .max, in: txn) {}
        case .paused: try store.setPaused(index, generation: generation, in: txn)
        case .blocked: try store.setBlocked(index, generation: generation, reason: "two bad records", in: txn)
        case .building: break
        case .dropping: try store.dropIndex(index.fullName, in: txn)
        }
    }

    /// Puts records into `t` and, for scans to compare with, into `plain`.
    func put(_ records: [Value]) throws {
        try store.write { txn in
            for table in ["t", "plain"] {
                for record in records { try store.put(record, into: table, in: txn) }
            }
        }
    }

    /// Puts records with the ids 1 and up and these fields.
    func put(fields: [[(String, Value)]]) throws {
        try put(
            fields.enumerated().map { number, fields in
                .map([MapEntry("id", .int(Int64(number + 1)))] + fields.map { MapEntry($0.0, $0.1) })
            })
    }

    /// The ids of the answer.
    func ids(_ query: Query, table: String = "t") throws -> [Value] {
        var ids: [Value] = []
        let id = try FieldPath("id")
        let count = try store.query(query, table: table) { row in
            guard let value = try row.value()[id] else { throw GaplessError(.defect, "a record without id") }
            ids.append(value)
            return true
        }
        guard count == ids.count else { throw GaplessError(.defect, "\(count) reported, \(ids.count) handed out") }
        return ids
    }

    /// The integer ids of the answer to a text, sorted, so that tests need not care about the plan.
    func found(_ text: String, allowScan: Bool = false) throws -> [Int] {
        try ids(try Query(where: text, allowScan: allowScan)).compactMap { value -> Int? in
            if case .int(let id) = value { Int(id) } else { nil }
        }.sorted()
    }

    /// What a query is refused with; nil if it is answered.
    func refusal(_ text: String, allowScan: Bool = false) throws -> GaplessError? {
        do {
            _ = try found(text, allowScan: allowScan)
            return nil
        } catch let error as GaplessError {
            return error
        }
    }
}
