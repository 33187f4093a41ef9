import LMDB
import Testing
import Values

@testable import Tables

/// What indexes serve, and the traps in which an index would answer short.
@Suite struct QueryPlanTests {
    private func explain(_ store: QueryStore, _ text: String?, orderBy: String? = nil, limit: Int? = nil) throws
        -> QueryExplanation
    {
        try store.store.explain(try Query(where: text, orderBy: orderBy, limit: limit), table: "t")
    }

    @Test("R6: a composite index is passed over when a record may lack one of its fields")
    func compositeWithAbsentField() throws {
        let store = try QueryStore()
        try store.index("a", "b")
        try store.put(fields: [[("a", .int(1))], [("a", .int(1)), ("b", .int(2))], [("a", .int(1)), ("b", .null)]])
        #expect(try store.refusal("a = 1")?.code == .noIndex)
        #expect(try store.refusal("a = 1 AND b IS NOT NULL")?.code == .noIndex)
        #expect(try store.refusal("a = 1 AND NOT b = 5")?.code == .noIndex)
        #expect(try store.found("a = 1", allowScan: true) == [1, 2, 3])
        #expect(try store.found("a = 1 AND b <= 2") == [2])
        #expect(try store.found("a = 1 AND b IS NULL") == [3])
        #expect(try store.found("a = 1 AND (b = 2 OR b IS NULL)") == [2, 3])
    }

    @Test("R6: an index without nulls is passed over when null may match")
    func withoutNulls() throws {
        let store = try QueryStore()
        try store.index("a", nulls: false)
        try store.put(fields: [[("a", .null)], [("a", .int(1))], [("a", .array([.null, .int(1)]))]])
        for text in ["a IS NULL", "a = null", "a IN (1, null)", "a <= null"] {
            #expect(try store.refusal(text)?.code == .noIndex, "\(text)")
        }
        #expect(try store.found("a IN (1, null)", allowScan: true) == [1, 2, 3])
        #expect(try store.found("a = 1") == [2, 3])
        // One test proves that there is an entry, the other one matches a null that has none.
        #expect(try store.found("a IN (7, null) AND a > 0") == [3])
        #expect(try store.found("a <= null AND a > 0") == [3])
        #expect(try store.found("a IS NULL AND a > 0") == [3])
    }

    @Test("R6: comparisons with false, true and null stay within their class and skip nothing of it")
    func smallClasses() throws {
        let store = try QueryStore()
        try store.index("a")
        let values: [Value] = [.null, .bool(false), .bool(true), .int(0), .double(.nan), .string("")]
        try store.put(fields: values.map { [("a", $0)] })
        let answers: [(String, [Int])] = [
            ("a < true", [2]), ("a <= true", [2, 3]), ("a > false", [3]), ("a >= false", [2, 3]), ("a < false", []),
            ("a <= null", [1]), ("a >= null", [1]), ("a < null", []), ("a < 1", [4, 5]), ("a >= nan", [4, 5]),
            ("a <= ''", [6]), ("a BETWEEN false AND true", [2, 3]), ("a BETWEEN null AND 5", []),
        ]
        for (text, answer) in answers {
            #expect(try store.found(text) == answer, "\(text)")
            #expect(try store.ids(Query(where: text, allowScan: true), table: "plain").count == answer.count, "\(text)")
        }
    }

    @Test("R6: two bounds of one field may be met by two elements of an array; BETWEEN by one")
    func boundsOfArrays() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.put(fields: [[("a", .array([.int(1), .int(20)]))], [("a", .int(7))], [("a", .int(1))]])
        #expect(try store.found("a > 5 AND a < 10") == [1, 2])
        #expect(try store.found("a BETWEEN 5 AND 10") == [2])
        #expect(try store.found("a = 1 AND a = 20") == [1])
    }

    @Test("R6: an array that many entries lead to comes once, and limits count records")
    func arraysComeOnce() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.index("b")
        let many = Value.array((0..<50).map { .int($0) })
        try store.put(fields: [[("a", many), ("b", many)], [("a", .int(3))], [("a", .int(60)), ("b", .int(1))]])
        #expect(try store.ids(try Query(where: "a >= 0")) == [.int(1), .int(2), .int(3)])
        #expect(try store.ids(try Query(where: "a >= 0", limit: 2)) == [.int(1), .int(2)])
        #expect(try store.ids(try Query(where: "a >= 0", limit: 2, offset: 1)) == [.int(2), .int(3)])
        #expect(try store.found("a IN (1, 2, 3) OR b IN (1, 2) OR id = 1") == [1, 2, 3])
    }

    @Test("values that neighbour one another stay apart in a composite index")
    func neighbouringPoints() throws {
        let store = try QueryStore()
        try store.index("a", "b")
        let numbers: [Double] = [1, 1.0.nextUp]
        try store.put(
            fields: [[("a", .bool(false)), ("b", .int(1))], [("a", .bool(true)), ("b", .int(1))]]
                + numbers.map { [("a", .double($0)), ("b", .int(1))] })
        #expect(try store.found("a IN (false, true) AND b = 1") == [1, 2])
        #expect(try store.found("a IN (1, \(1.0.nextUp)) AND b = 1") == [3, 4])
    }

    @Test("long keys that were cut are told apart by their records, and sorted by them")
    func cutKeys() throws {
        let store = try QueryStore()
        try store.index("a")
        let long = String(repeating: "x", count: 300)
        let texts = [long + "c", long + "a", long, long + "b", String(repeating: "x", count: 251), "y"]
        try store.put(fields: texts.map { [("a", .string($0))] })
        #expect(try store.found("a = '\(long)a'") == [2])
        #expect(try store.found("a > '\(long)a'") == [1, 4, 6])
        #expect(try store.found("a < '\(long)a'") == [3, 5])
        #expect(try store.found("a STARTS WITH '\(long)'") == [1, 2, 3, 4])
        #expect(try explain(store, nil, orderBy: "a").index == "t.a")
        #expect(try store.ids(try Query(where: nil, orderBy: "a")) == [5, 3, 2, 4, 1, 6].map { .int($0) })
        #expect(try store.ids(try Query(where: nil, orderBy: "a desc")) == [6, 1, 4, 2, 3, 5].map { .int($0) })
    }

    @Test("long primary keys that were cut lead to their records, and ties sort by them")
    func cutPrimaryKeys() throws {
        let store = try QueryStore()
        try store.index("a")
        let beginning = String(repeating: "k", count: 260)
        let keys = ["d", "a", "c", "b", ""].map { beginning + $0 } + [String(repeating: "k", count: 245)]
        try store.put(keys.map { .map([MapEntry("id", .string($0)), MapEntry("a", .int(1))]) })
        let sorted = keys.sorted().map { Value.string($0) }
        #expect(try Set(store.ids(try Query(where: "a = 1"))) == Set(sorted))
        #expect(try store.ids(try Query(where: nil, orderBy: "a")) == sorted)
        #expect(try store.ids(try Query(where: nil, orderBy: "a desc")) == sorted)
        #expect(try store.ids(try Query(where: nil, orderBy: "a desc", limit: 2, offset: 1)) == Array(sorted[1...2]))
    }

    @Test("the primary key serves equality, ranges, IN and STARTS WITH, all of its tests together")
    func primaryKey() throws {
        let store = try QueryStore()
        try store.put((1...20).map { .map([MapEntry("id", .int($0))]) })
        try store.put(["a", "ab", "a\0", "b"].map { .map([MapEntry("id", .string($0))]) })
        #expect(try store.ids(try Query(where: "id = 7")) == [.int(7)])
        #expect(try store.ids(try Query(where: "id > 7 AND id <= 9")) == [.int(8), .int(9)])
        #expect(try explain(store, "id > 7 AND id <= 9").estimatedRecords == 2)
        #expect(try store.ids(try Query(where: "id IN (3, 1, 99, 'b')")) == [.int(1), .int(3), .string("b")])
        #expect(try store.ids(try Query(where: "id STARTS WITH 'a'")) == ["a", "a\0", "ab"].map { .string($0) })
        #expect(try store.ids(try Query(where: "id <= 'a'")) == [.string("a")])
        #expect(try store.ids(try Query(where: "id > 'a'")) == ["a\0", "ab", "b"].map { .string($0) })
        #expect(try store.ids(try Query(where: "id < 3", orderBy: "id desc")) == [.int(2), .int(1)])
        #expect(try store.ids(try Query(where: "id > '\(String(repeating: "b", count: 600))'")) == [])
        #expect(
            try store.ids(try Query(where: "id < '\(String(repeating: "b", count: 600))' AND id > 'ab'")) == [
                .string("b")
            ])
    }

    @Test("a query without a condition needs no index and reads by primary key")
    func everything() throws {
        let store = try QueryStore()
        try store.put((1...5).map { .map([MapEntry("id", .int($0))]) })
        #expect(try store.ids(try Query(where: nil)) == (1...5).map { .int($0) })
        #expect(try store.ids(try Query(where: nil, limit: 2, offset: 3)) == [.int(4), .int(5)])
        #expect(try store.ids(try Query(where: nil, limit: 0)) == [])
        #expect(try store.ids(try Query(where: nil, orderBy: "id desc", limit: 2)) == [.int(5), .int(4)])
        #expect(try store.ids(try Query(where: nil, limit: .max, offset: .max)) == [])
    }

    @Test("AND takes the index with fewer entries, and explain says which")
    func cheapest() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.index("b")
        try store.put(fields: (0..<200).map { [("a", .int($0 % 2)), ("b", .int($0))] })
        let explanation = try explain(store, "a = 1 AND b > 190")
        #expect(explanation.index == "t.b")
        #expect(explanation.range?.condition == "b > 190")
        #expect(explanation.filter == "a = 1 AND b > 190")
        #expect(explanation.estimatedRecords == 9)
        #expect(explanation.plan.map(\.step) == ["index range", "filter"])
        #expect(try store.found("a = 1 AND b > 190") == [192, 194, 196, 198, 200])
    }

    @Test("OR is a union when every branch is served, else it is refused")
    func unions() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.index("b", "c")
        try store.put(fields: (0..<20).map { [("a", .int($0)), ("b", .int($0 % 3)), ("c", .int($0 % 5))] })
        #expect(try explain(store, "a = 1 OR (b = 2 AND c = 3)").plan.map(\.index) == ["t.a", "t.b_c", nil])
        #expect(try store.found("a = 1 OR (b = 2 AND c = 3)") == [2, 9])
        #expect(try store.found("c = 3 AND (a = 3 OR b = 2)") == [4, 9])
        #expect(try store.refusal("a = 1 OR c = 3")?.code == .noIndex)
        #expect(try store.found("a = 1 OR a = 5 OR a BETWEEN 5 AND 6") == [2, 6, 7])
    }

    @Test("what no index can tell is refused unless a scan is allowed")
    func unserved() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.put(fields: [[("a", .string("xy"))], [("a", .map([]))], [], [("a", .array([]))]])
        let answers: [(String, [Int])] = [
            ("a != 'q'", [1, 2]), ("a ENDS WITH 'y'", [1]), ("a CONTAINS 'x'", [1]), ("a IS MISSING", [3]),
            ("a IS NOT NULL", [1, 2]), ("NOT a = 'xy'", [2, 3, 4]), ("a IS NOT MISSING", [1, 2, 4]),
        ]
        for (text, answer) in answers {
            let error = try #require(try store.refusal(text), "\(text)")
            #expect(error.code == .noIndex && !error.retryable, "\(text)")
            #expect(try store.found(text, allowScan: true) == answer, "\(text)")
        }
        #expect(try store.found("a STARTS WITH 'x' AND a ENDS WITH 'y'") == [1])
    }

    @Test("an order is read off an index that has it, with records without a value at the end")
    func indexOrder() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.index("b", "c")
        try store.put(
            fields: [
                [("a", .int(3))], [], [("a", .array([.int(9), .int(1)]))], [("a", .null)], [("a", .int(3))],
                [("a", .map([]))], [("b", .int(1)), ("c", .int(7))],
                [("b", .int(1)), ("c", .array([.int(5), .int(9)]))],
            ])
        let ascending = try explain(store, nil, orderBy: "a", limit: 3)
        #expect(ascending.index == "t.a" && !ascending.plan.contains { $0.step == "sort" })
        #expect(try store.ids(try Query(where: nil, orderBy: "a")) == [4, 3, 1, 5, 2, 6, 7, 8].map { .int($0) })
        #expect(try store.ids(try Query(where: nil, orderBy: "a desc")) == [3, 1, 5, 4, 2, 6, 7, 8].map { .int($0) })
        #expect(
            try store.ids(try Query(where: nil, orderBy: "a desc", limit: 3, offset: 4)) == [2, 6, 7].map { .int($0) })
        let composite = try Query(where: "b = 1 AND c > 0", orderBy: "c desc", limit: 1)
        #expect(try !store.store.explain(composite, table: "t").plan.contains { $0.step == "sort" })
        #expect(try store.ids(composite) == [.int(8)])
    }

    @Test("the order of an array does not depend on the range that led to it")
    func orderOfArrays() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.put(fields: [[("a", .int(12))], [("a", .array([.int(1), .int(20)]))]])
        #expect(try store.ids(try Query(where: "a > 10", orderBy: "a")) == [.int(2), .int(1)])
        #expect(try store.ids(try Query(where: "a < 15", orderBy: "a desc")) == [.int(2), .int(1)])
    }

    @Test("selected fields keep their place in nested maps")
    func select() throws {
        let store = try QueryStore()
        let address = Value.map([MapEntry("city", .string("Oslo")), MapEntry("zip", .int(1))])
        try store.put(fields: [[("address", address), ("age", .int(5))]])
        func selected(_ paths: String...) throws -> Value? {
            var found: Value?
            try store.store.query(try Query(where: nil, select: paths), table: "t") { row in
                found = try row.value()
                return true
            }
            return found
        }
        let city = Value.map([MapEntry("city", .string("Oslo"))])
        #expect(
            try selected("age", "address.city", "nothing")
                == .map([MapEntry("age", .int(5)), MapEntry("address", city)]))
        #expect(try selected("address", "address.city") == .map([MapEntry("address", address)]))
        #expect(try selected("nothing") == .map([]))
    }

    @Test("the caller's closure may stop the query")
    func stops() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.put(fields: (0..<10).map { _ in [("a", .int(1))] })
        for query in [
            try Query(where: "a = 1"), try Query(where: nil, orderBy: "a"), try Query(where: "a = 1", orderBy: "b"),
        ] {
            var seen = 0
            let count = try store.store.query(query, table: "t") { _ in
                seen += 1
                return seen < 3
            }
            #expect(seen == 3 && count == 3)
        }
    }

    @Test("fields of JSON records are timestamps and bytes where the schema says so, with and without an index")
    func jsonSchema() throws {
        let schema = Schema([.init(try FieldPath("a"), .timestamp), .init(try FieldPath("b"), .bytes)])
        let store = try QueryStore(format: .json, schema: schema)
        try store.index("a")
        try store.put(
            fields: [
                [("a", .timestamp(Timestamp(seconds: 10))), ("b", .bytes([0, 255]))],
                [("a", .timestamp(Timestamp(seconds: 20)))],
            ])
        #expect(try store.found("a > timestamp '1970-01-01T00:00:15Z'") == [2])
        #expect(try store.found("a > ''") == [])
        #expect(try store.found("b = x'00ff'", allowScan: true) == [1])
    }
}
