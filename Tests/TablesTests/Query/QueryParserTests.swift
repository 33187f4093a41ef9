import Testing
import Values

@testable import Tables

/// The language of queries: what each sentence means, and how a wrong one is refused.
@Suite struct QueryParserTests {
    static func path(_ text: String) throws -> FieldPath { try FieldPath(text) }

    static let sentences: [(String, String)] = [
        ("age = 1", "age = 1"),
        ("age == 1", "age = 1"),
        ("age <> 1", "age != 1"),
        ("age!=1", "age != 1"),
        ("age>=-5", "age >= -5"),
        ("first-name < 'b'", "first-name < 'b'"),
        ("a = \"it's\"", "a = 'it''s'"),
        ("a = 'it''s'", "a = 'it''s'"),
        ("a = \"say \"\"hi\"\"\"", "a = 'say \"hi\"'"),
        ("a = 9007199254740993", "a = 9007199254740993"),
        ("a = 18446744073709551615", "a = 18446744073709551615"),
        ("a = -9223372036854775808", "a = -9223372036854775808"),
        ("a = 1.5e3", "a = 1500.0"),
        ("a = 1E-2", "a = 0.01"),
        ("a = -0", "a = 0"),
        ("a < Infinity and a > -INFINITY or a = NaN", "(a < infinity AND a > -infinity) OR a = nan"),
        ("a = TRUE AND b = false AND c = Null", "a = true AND b = false AND c = null"),
        ("a between 1 and 2 and b = 3", "a BETWEEN 1 AND 2 AND b = 3"),
        ("a in (1,'x' , null)", "a IN (1, 'x', null)"),
        ("a not in (1)", "NOT a IN (1)"),
        ("a NOT BETWEEN 1 AND 2", "NOT a BETWEEN 1 AND 2"),
        ("a not starts with 'x'", "NOT a STARTS WITH 'x'"),
        (
            "a starts with 'x' or a ENDS with 'y' or a contains x'00FF'",
            "a STARTS WITH 'x' OR a ENDS WITH 'y' OR a CONTAINS x'00ff'"
        ),
        ("a is null or a is not null", "a IS NULL OR a IS NOT NULL"),
        ("a is missing or a is not missing", "a IS MISSING OR a IS NOT MISSING"),
        ("not a = 1 and b = 2", "NOT a = 1 AND b = 2"),
        ("not (a = 1 and b = 2)", "NOT (a = 1 AND b = 2)"),
        ("a = 1 or b = 2 and c = 3", "a = 1 OR (b = 2 AND c = 3)"),
        ("(a = 1 or b = 2) and c = 3", "(a = 1 OR b = 2) AND c = 3"),
        ("((a = 1))", "a = 1"),
        ("t > timestamp '2026-01-31T00:00:00Z'", "t > timestamp '2026-01-31T00:00:00Z'"),
        ("address.city = 'Oslo'", "address.city = 'Oslo'"),
        ("`first name`.x = 1", "`first name`.x = 1"),
        ("`a.b` = 1", "`a.b` = 1"),
        ("`a\\b` = 1", "`a\\b` = 1"),
        ("`and` = 1 and `na``me` = 2", "`and` = 1 AND `na``me` = 2"),
        ("timestamp = 1 and contains = 2 and x = 3", "timestamp = 1 AND contains = 2 AND x = 3"),
        ("größe.0 = 1", "größe.0 = 1"),
        ("a = ''", "a = ''"),
        ("a = x''", "a = x''"),
        (" \n\ta\n=\n1 ", "a = 1"),
    ]

    @Test("each sentence means what its canonical form says", arguments: sentences)
    func means(_ sentence: String, _ canonical: String) throws {
        let predicate = try QueryParser.predicate(of: sentence)
        #expect(predicate.description == canonical)
        #expect(try QueryParser.predicate(of: canonical) == predicate)
    }

    @Test("integers stay integers, fractions and exponents make doubles")
    func numbers() throws {
        func literal(_ text: String) throws -> Value? {
            guard case .field(_, .compare(_, let value)) = try QueryParser.predicate(of: "a = \(text)") else {
                return nil
            }
            return value
        }
        guard case .int(9_007_199_254_740_993) = try literal("9007199254740993") else { throw Unexpected() }
        guard case .uint(.max) = try literal("18446744073709551615") else { throw Unexpected() }
        guard case .double(1) = try literal("1.0") else { throw Unexpected() }
        guard case .double(100) = try literal("1e2") else { throw Unexpected() }
    }

    static let mistakes: [(String, Int, String)] = [
        ("age >= AND city = 'Oslo'", 7, "a value"),
        ("age", 3, "BETWEEN"),
        ("age = ", 6, "a value"),
        ("= 1", 0, "a field name"),
        ("'age' = 1", 0, "backquotes"),
        ("and = 1", 0, "backquotes"),
        ("age = 1 city = 2", 8, "AND, OR or the end"),
        ("(age = 1", 8, "AND, OR or )"),
        ("age = 1)", 7, "AND, OR or the end"),
        ("age IN 1", 7, "( and a list"),
        ("age IN (1 2)", 10, ", or )"),
        ("age IN ()", 8, "a value"),
        ("age IS 1", 7, "NULL, MISSING or NOT"),
        ("age NOT = 1", 8, "BETWEEN, IN"),
        ("age BETWEEN 1 OR 2", 14, "AND and the upper bound"),
        ("name STARTS 'x'", 12, "WITH"),
        ("name CONTAINS 5", 14, "'text' or x'..'"),
        ("name = 'open", 7, "a closing '"),
        ("`open = 1", 0, "a closing `"),
        ("a = x'0'", 5, "an even count"),
        ("a = x'0g'", 6, "hexadecimal digits"),
        ("a = timestamp 'yesterday'", 14, "RFC 3339"),
        ("a = timestamp 5", 14, "a time such as"),
        ("a = 01", 4, "a number"),
        ("a = 1.", 6, "a digit"),
        ("a = 1e", 6, "a digit"),
        ("a = 1abc", 5, "a space"),
        ("a = 18446744073709551616", 4, "2^64-1"),
        ("a = -9223372036854775809", 4, "-2^63"),
        ("a = 1e999", 4, "a double"),
        ("a = - 1", 5, "a digit"),
        ("a & b", 2, "an operator"),
        ("a..b = 1", 2, "a field name after the dot"),
        ("`` = 1", 0, "a field name"),
        ("a = 'x' OR", 10, "a field name"),
    ]

    @Test("a mistake is shown at its place with what was expected", arguments: mistakes)
    func refuses(_ sentence: String, _ offset: Int, _ expected: String) throws {
        let error = try #require(throws: QuerySyntaxError.self) { try QueryParser.predicate(of: sentence) }
        #expect(error.offset == offset, "\(error)")
        #expect(error.expected.contains(expected), "\(error)")
        let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3)
        #expect(lines[1] == "  \(sentence)")
        #expect(lines[2] == "  " + String(repeating: " ", count: offset) + "^")
    }

    @Test("the caret stands under characters, not bytes, and in the right line")
    func caret() throws {
        let error = try #require(throws: QuerySyntaxError.self) {
            try QueryParser.predicate(of: "a = 1 AND\nname = '😀é' AND ?")
        }
        let shown = """
            at line 2, column 17: expected a field name, a value or an operator, found ?
              name = '😀é' AND ?
                              ^
            """
        #expect(error.description == shown)
    }

    @Test("of a long line only the surroundings of the mistake are shown")
    func longLine() throws {
        let values = (0..<1_000).map(String.init).joined(separator: ", ")
        let error = try #require(throws: QuerySyntaxError.self) { try QueryParser.predicate(of: "a IN (\(values) ?") }
        let lines = error.description.split(separator: "\n")
        #expect(lines[1].count < 140)
        #expect(lines[2].count == lines[1].count)
    }

    @Test("depth and length are bounded")
    func bounds() throws {
        let deep = QueryParser.depthMax
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a = 1" + String(repeating: ")", count: depth)
        }
        #expect(try QueryParser.predicate(of: nested(deep)).description == "a = 1")
        #expect(throws: QuerySyntaxError.self) { try QueryParser.predicate(of: nested(deep + 1)) }
        #expect(throws: QuerySyntaxError.self) {
            try QueryParser.predicate(of: String(repeating: "NOT ", count: deep + 1) + "a = 1")
        }
        #expect(throws: QuerySyntaxError.self) {
            try QueryParser.predicate(of: "a = '" + String(repeating: "x", count: QueryParser.textBytesMax) + "'")
        }
        let wide = Array(repeating: "a = 1", count: 10_000).joined(separator: " OR ")
        #expect(
            try QueryParser.predicate(of: wide)
                == .any(Array(repeating: QueryParser.predicate(of: "a = 1"), count: 10_000)))
    }

    @Test("an order is a field and a direction")
    func order() throws {
        #expect(try QueryParser.order(of: "age") == Query.Order(Self.path("age")))
        #expect(try QueryParser.order(of: "age asc") == Query.Order(Self.path("age")))
        #expect(
            try QueryParser.order(of: "address.city DESC") == Query.Order(Self.path("address.city"), isDescending: true)
        )
        #expect(try QueryParser.order(of: "in desc") == Query.Order(Self.path("in"), isDescending: true))
        for mistake in ["", "age down", "age desc asc", "'age'", "age,name"] {
            #expect(throws: QuerySyntaxError.self) { try QueryParser.order(of: mistake) }
        }
    }

    @Test("a query by texts throws BAD_QUERY; blank text asks for all records")
    func texts() throws {
        let error = try #require(throws: GaplessError.self) { try Query(where: "age >") }
        #expect(error.code == .badQuery)
        #expect(error.message.contains("^"))
        #expect(try Query(where: " \n").predicate == nil)
        #expect(try Query(where: nil).predicate == nil)
        #expect(throws: GaplessError.self) { try Query(where: nil, limit: -1) }
        #expect(throws: GaplessError.self) { try Query(where: nil, offset: -1) }
        #expect(throws: GaplessError.self) { try Query(where: nil, select: ["a,b"]) }
    }

    @Test("a program cannot build what the language cannot say")
    func programs() throws {
        let path = try Self.path("a")
        let bad: [QueryPredicate] = [
            .field(path, .compare(.equal, .array([]))), .field(path, .isIn([.int(1), .map([])])),
            .field(path, .between(.int(1), .opaque(type: 1, bytes: []))), .field(path, .pattern(.contains, .int(1))),
            (0..<500).reduce(.field(path, .isNull)) { inner, _ in .not(inner) },
        ]
        for predicate in bad {
            let error = try #require(throws: GaplessError.self) { try Query(predicate) }
            #expect(error.code == .badQuery)
        }
    }

    @Test("normalizing keeps the meaning: NOT stands only around field tests")
    func normalizes() throws {
        func normalized(_ text: String) throws -> String { try QueryParser.predicate(of: text).normalized.description }
        #expect(try normalized("NOT NOT a = 1") == "a = 1")
        #expect(try normalized("NOT (a = 1 OR NOT b = 2)") == "NOT a = 1 AND b = 2")
        #expect(try normalized("NOT (a = 1 AND b = 2)") == "NOT a = 1 OR NOT b = 2")
        #expect(
            try normalized("(a = 1 AND b = 2) AND (c = 3 AND (d = 4 OR (e = 5 OR f = 6)))")
                == "a = 1 AND b = 2 AND c = 3 AND (d = 4 OR e = 5 OR f = 6)")
        #expect(try normalized("NOT a IS MISSING") == "a IS NOT MISSING")
    }
}

private struct Unexpected: Error {}
