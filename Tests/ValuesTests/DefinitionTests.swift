import FoundationEssentials
import Testing
import Values

/// Goal: paths, schemas and rules mean what they say and come back from storage unchanged.
struct DefinitionTests {
    @Test("a path is names with dots between them; a backslash makes a dot part of a name")
    func paths() throws {
        #expect(try FieldPath("a").components == [[0x61]])
        #expect(try FieldPath("address.city").components == [Array("address".utf8), Array("city".utf8)])
        #expect(try FieldPath(#"a\.b.c\\"#).components == [Array("a.b".utf8), Array(#"c\"#.utf8)])
        #expect(try FieldPath(#"a\.b.c\\"#).text == #"a\.b.c\\"#)
        #expect(try FieldPath("é") != FieldPath("e\u{301}"))
    }

    @Test(
        "texts that are no path",
        arguments: [
            ("", .emptyStep), (".", .emptyStep), ("a.", .emptyStep), (".a", .emptyStep), ("a..b", .emptyStep),
            (#"a\"#, .badEscape), (#"a\n"#, .badEscape), (String(repeating: "x", count: 1_025), .tooLong),
            (Array(repeating: "a", count: 128).joined(separator: "."), .tooDeep),
        ] as [(String, FieldPathError.Reason)])
    func refusedPaths(text: String, reason: FieldPathError.Reason) {
        let error = #expect(throws: FieldPathError.self) { try FieldPath(text) }
        #expect(error?.reason == reason)
        #expect(error?.text == text)
    }

    @Test("schemas with the same fields are equal and coded alike, in whatever order they were made")
    func schemas() throws {
        let (a, b) = (try FieldPath("a"), try FieldPath("b"))
        let one = Schema([.init(a, .timestamp), .init(b, .bytes)])
        var other = Schema([.init(b, .timestamp)])
        other.set(.timestamp, for: a)
        other.set(.bytes, for: b)
        #expect(one == other)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // Without, the order of keys is the encoder's whim.
        #expect(try encoder.encode(one) == encoder.encode(other))
        #expect(one.kind(of: b) == .bytes)
        other.set(nil, for: b)
        #expect(other.kind(of: b) == nil)
        #expect(other.fields.count == 1)
    }

    @Test("rules, schemas and digests come back from JSON")
    func coding() throws {
        let rule = IndexRule(fields: [try FieldPath("a.b"), try FieldPath("c")], indexesNulls: false)
        let schema = Schema([.init(try FieldPath("a"), .bytes)])
        let digest = EntryDigest(count: .max, low: .max, high: 1)
        #expect(try JSONDecoder().decode(IndexRule.self, from: JSONEncoder().encode(rule)) == rule)
        #expect(try JSONDecoder().decode(Schema.self, from: JSONEncoder().encode(schema)) == schema)
        #expect(try JSONDecoder().decode(EntryDigest.self, from: JSONEncoder().encode(digest)) == digest)
        let text = String(decoding: try JSONEncoder().encode(rule), as: UTF8.self)
        #expect(text.contains(#""a.b""#))
        #expect(throws: (any Error).self) { try JSONDecoder().decode(FieldPath.self, from: Data(#""a..b""#.utf8)) }
    }

    @Test("a value is asked for a field by path, through maps only")
    func lookup() throws {
        let city = MapEntry("city", .string("Graz"))
        let record = Value.map([
            MapEntry("address", .map([city])), MapEntry("list", .array([.map([city])])), MapEntry("none", .null),
        ])
        #expect(record[try FieldPath("address.city")] == .string("Graz"))
        #expect(record[try FieldPath("list.city")] == nil)
        #expect(record[try FieldPath("none")] == .null)
        #expect(record[try FieldPath("absent")] == nil)
        #expect(Value.int(1)[try FieldPath("address")] == nil)
    }
}
