import LMDB
import Testing
import Values

@testable import Tables

/// Goal: the query for one value, which goes without a plan, answers as it does with one; and what it keeps of the
/// catalog ends with the transaction that read it.
///
/// Method: the same queries both ways over tables with every kind of field and damage; the catalog changed between
/// queries, within one transaction and between two.
@Suite struct ValueLookupTests {
    /// Primary keys and what was thrown, in order.
    private struct Answer: Equatable {
        var keys: [[UInt8]] = []
        var error: ErrorCode?
    }

    private func answer(
        _ store: Store, _ query: Query, byPlan: Bool = false, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Answer {
        var answer = Answer()
        let body: (borrowing QueryRow) throws -> Bool = { row in
            answer.keys.append(row.withKey { $0.copied })
            return answer.keys.count < 5
        }
        do {
            let opened = try store.view(in: txn).table("t", in: store, txn)
            let count =
                byPlan
                ? try txn.reading { try store.answerByPlan(query, opened, in: $0, body) }
                : try store.query(query, table: "t", in: txn, body)
            #expect(count == answer.keys.count)
        } catch let error as GaplessError {
            answer.error = error.code
        }
        return answer
    }

    /// Whether the query goes without a plan.
    private func isLookup(_ store: QueryStore, _ text: String) throws -> Bool {
        try store.store.read { txn in
            let opened = try store.store.view(in: txn).table("t", in: store.store, txn)
            return try ValueLookup(Query(where: text), opened, in: store.store, txn) != nil
        }
    }

    private static let long = String(repeating: "y", count: 600)
    private static let wheres = [
        "a = 1", "a = 2", "a = 'x'", "a = 'zz'", "a = null", "a = true", "a = 1.5", "b = 1", "b.c = 1", "id = 1",
        "a = '\(long)'", "a = '\(long.dropLast())'", "a = x'00'", "a = 1 AND b = 1", "a != 1", "a IS NULL",
    ]

    private static var records: [Value] {
        get throws {
            let values: [Value] = [
                .int(1), .int(1), .int(1), .int(2), .string("x"), .string("x\0"), .null, .bool(true), .double(1.5),
                .array([.int(1), .int(2), .int(1)]), .array([]), .array([.null]), .string(long), .string(long + "y"),
                .bytes([0]), .map([]), .int(1), .int(1), .int(1),
            ]
            var records = values.enumerated().map { number, value in
                Value.map([MapEntry("id", .int(Int64(number))), MapEntry("a", value), MapEntry("b", .int(1))])
            }
            for tail in ["1", "2"] {
                // Of a primary key as long as this an entry holds the beginning and a hash.
                let id = String(repeating: "k", count: 400) + tail
                records.append(.map([MapEntry("id", .string(id)), MapEntry("a", .int(2))]))
            }
            return records
        }
    }

    @Test(
        "R6: with and without a plan the answer is the same", arguments: [true, false], [IndexLayout.plain, .grouped])
    func same(nulls: Bool, layout: IndexLayout) throws {
        let store = try QueryStore()
        try store.index(["a"], nulls: nulls, layout: layout)
        try store.put(Self.records)
        try damage(store)
        try store.store.read { txn in
            for text in Self.wheres {
                for (limit, offset) in [(nil, 0), (0, 0), (1, 0), (2, 1), (nil, 3), (9, 100)] as [(Int?, Int)] {
                    let query = try Query(where: text, limit: limit, offset: offset)
                    let planned = try answer(store.store, query, byPlan: true, in: txn)
                    let direct = try answer(store.store, query, byPlan: false, in: txn)
                    #expect(direct == planned, "\(text), limit \(limit ?? -1), offset \(offset)")
                }
            }
        }
        #expect(try isLookup(store, "a = 1"))
        #expect(try isLookup(store, "a = null") == nulls)
        #expect(try !isLookup(store, "a = '\(Self.long)'"))
    }

    /// A record whose entry is of a value that it has no more, one that is gone, and one that is malformed.
    private func damage(_ store: QueryStore) throws {
        let tables = store.store
        try tables.write { txn in
            let records = try txn.database(Store.recordsDatabase(table: tables.table("t", in: txn).id))
            let other = Value.map([MapEntry("id", .int(1)), MapEntry("a", .int(7))])
            var bytes: [UInt8] = []
            other.appendMessagePack(to: &bytes)
            try txn.put(KeyEncoding.primaryKey(.int(1)), bytes, in: records)
            try txn.delete(KeyEncoding.primaryKey(.int(4)), in: records)
            try txn.put(KeyEncoding.primaryKey(.int(8)), [0x82, 0xA1], in: records)
        }
    }

    @Test("other forms of records and other indexes take a plan")
    func takesPlan() throws {
        let json = try QueryStore(format: .json)
        try json.index("a")
        try json.put(fields: [[("a", .int(1))], [("a", .int(2))]])
        #expect(try !isLookup(json, "a = 2"))
        #expect(try json.found("a = 2") == [2])
        let composite = try QueryStore()
        try composite.index("a", "b")
        #expect(try !isLookup(composite, "a = 2"))
    }

    @Test(
        "R1, R2: what one transaction found out about an index ends with it: the next one sees the state it has then",
        arguments: ["drop", "drop the table", "block"])
    func next(change: String) throws {
        let store = try QueryStore()
        let index = try store.index("a")
        try store.put(fields: [[("a", .int(1))], [("a", .int(2))]])
        for _ in 0..<2 { #expect(try store.found("a = 2") == [2]) }
        let tables = store.store
        try tables.write { txn in
            switch change {
            case "drop": try tables.dropIndex("t.a", in: txn)
            case "drop the table": try tables.dropTable("t", in: txn)
            default:
                var row = index
                row.generations[0].state = .blocked
                try tables.save(row, in: txn)
            }
        }
        let expected: ErrorCode =
            switch change {
            case "drop": .noIndex
            case "drop the table": .noSuchTable
            default: .indexBlocked
            }
        for _ in 0..<2 { #expect(try store.refusal("a = 2")?.code == expected) }
    }

    @Test("R1: within one write transaction a query sees what was changed before it")
    func withinWrite() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.put(fields: [[("a", .int(1))]])
        let (tables, query) = (store.store, try Query(where: "a = 1"))
        try tables.write { txn in
            let first = try answer(tables, query, in: txn)
            try tables.put(.map([MapEntry("id", .int(5)), MapEntry("a", .int(1))]), into: "t", in: txn)
            let second = try answer(tables, query, in: txn)
            #expect([first.keys.count, second.keys.count] == [1, 2])
            try tables.dropIndex("t.a", in: txn)
            let dropped = try answer(tables, query, in: txn)
            #expect(dropped == Answer(error: .noIndex))
            let again = IndexDefinition(fields: [try FieldPath("a")], indexesNulls: true)
            _ = try tables.declareIndex(on: "t", again, in: txn)
            let building = try answer(tables, query, in: txn)
            #expect(building == Answer(error: .indexNotReady))
        }
    }

    @Test("queries of one transaction within one another do not disturb each other")
    func nested() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.index("b")
        try store.put(fields: (0..<6).map { [("a", .int($0 % 2)), ("b", .int($0 % 3))] })
        let tables = store.store
        try tables.read { txn in
            var found = 0
            try tables.query(Query(where: "a = 1"), table: "t", in: txn) { _ in
                for (text, table) in [("b = 2", "t"), ("a = 0", "t"), ("a = 0", "plain")] {
                    let query = try Query(where: text, allowScan: true)
                    found += try tables.query(query, table: table, in: txn) { _ in true }
                }
                return true
            }
            #expect(found == 3 * (2 + 3 + 3))
        }
    }
}
