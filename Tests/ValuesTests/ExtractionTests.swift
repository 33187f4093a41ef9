import Testing
import Values

/// Goal: an index holds for each record exactly what INTERFACE section 3 says.
///
/// Method: cases by name, then generated records and rules against `ReferenceExtraction`.
struct ExtractionTests {
    static let primaryKey: [UInt8] = [0x50, 0x70]

    /// The entries that the extractor gives, by rule, in the order in which they come.
    static func extract(_ record: Value, _ rules: [IndexRule], primaryKey: [UInt8] = primaryKey) throws -> [[[UInt8]]] {
        let extractor = EntryExtractor(rules: rules, format: .messagePack, schema: Schema())
        var scratch = EntryExtractor.Scratch()
        return try extract(record, extractor, primaryKey, &scratch)
    }

    static func extract(
        _ record: Value, _ extractor: EntryExtractor, _ primaryKey: [UInt8], _ scratch: inout EntryExtractor.Scratch
    ) throws -> [[[UInt8]]] {
        var entries: [[[UInt8]]] = Array(repeating: [], count: extractor.rules.count)
        let bytes = record.messagePack
        try extractor.extract(primaryKey: primaryKey.span.bytes, value: bytes.span.bytes, into: &scratch) {
            rule, entry in
            entries[rule].append(entry.withUnsafeBytes(Array.init))
        }
        return entries
    }

    /// The decoded keys that one field with this value gives.
    static func keys(_ value: Value?, nulls: Bool = true) throws -> [Value] {
        let record = Value.map([MapEntry("other", .int(1))] + (value.map { [MapEntry("f", $0)] } ?? []))
        let rule = IndexRule(fields: [try FieldPath("f")], indexesNulls: nulls)
        return try extract(record, [rule])[0].map { entry in
            var offset = 0
            let key = try KeyEncoding.decodeComponent(entry.span.bytes, at: &offset)
            #expect(Array(entry.dropFirst(offset)) == primaryKey)
            return key
        }
    }

    @Test("a scalar gives one entry; a map, an empty array and an absent field none")
    func scalars() throws {
        for scalar in ValueOrderTests.ascending where scalar.isScalar { #expect(try Self.keys(scalar) == [scalar]) }
        #expect(try Self.keys(.map([MapEntry("f", .int(1))])).isEmpty)
        #expect(try Self.keys(.array([])).isEmpty)
        #expect(try Self.keys(.opaque(type: 7, bytes: [1])).isEmpty)
        #expect(try Self.keys(nil).isEmpty)
    }

    @Test("E1: an array holding null or a date is indexed, every scalar of it once")
    func arrays() throws {
        let date = Value.timestamp(Timestamp(seconds: 1_769_817_600))
        #expect(try Self.keys(.array([.null, .string("a")])) == [.null, .string("a")])
        #expect(try Self.keys(.array([date, .null, .int(3), date])) == [.null, .int(3), date])
        #expect(try Self.keys(.array([.string("a"), .null]), nulls: false) == [.string("a")])
        #expect(try Self.keys(.array([.null, .null]), nulls: false).isEmpty)
        #expect(try Self.keys(.array([.int(1), .double(1), .double(-0.0), .int(0)])) == [.int(0), .int(1)])
        let inner = Value.array([.int(9)])
        #expect(try Self.keys(.array([inner, .bool(true), .map([MapEntry("f", .int(8))]), inner])) == [.bool(true)])
    }

    @Test("E1: arrays of every mix of four kinds of elements give what each element alone gives")
    func everyMix() throws {
        let kinds: [Value] = [.null, .timestamp(Timestamp(seconds: 5)), .string("s"), .array([.int(1)]), .map([])]
        for first in kinds {
            for second in kinds {
                for third in kinds {
                    let expected = Set([first, second, third].filter(\.isScalar)).sorted()
                    #expect(try Self.keys(.array([first, second, third])) == expected)
                }
            }
        }
    }

    @Test("E2: null is not absent, with and without nulls")
    func nullAndAbsent() throws {
        #expect(try Self.keys(.null) == [.null])
        #expect(try Self.keys(.null, nulls: false).isEmpty)
        #expect(try Self.keys(nil, nulls: true).isEmpty)
        #expect(try Self.keys(nil, nulls: false).isEmpty)
    }

    @Test("paths step through maps, not into arrays, and not over keys of other types")
    func paths() throws {
        let path = IndexRule(fields: [try FieldPath("a.b")])
        func count(_ value: Value) throws -> Int { try Self.extract(.map([MapEntry("a", value)]), [path])[0].count }
        #expect(try count(.map([MapEntry("b", .int(1))])) == 1)
        #expect(try count(.array([.map([MapEntry("b", .int(1))])])) == 0)
        #expect(try count(.map([MapEntry(key: .bytes([0x62]), value: .int(1))])) == 0)
        #expect(try count(.int(1)) == 0)
        #expect(try Self.extract(.map([MapEntry("a.b", .int(1))]), [path])[0].isEmpty)
        #expect(
            try Self.extract(.array([.map([MapEntry("a", .int(1))])]), [IndexRule(fields: [try FieldPath("a")])])[0]
                .isEmpty)
    }

    @Test("a composite index gets the cartesian product, up to 1,024 entries a record")
    func compositeLimit() throws {
        let rule = IndexRule(fields: [try FieldPath("x"), try FieldPath("y")])
        let other = IndexRule(fields: [try FieldPath("x")])
        func record(_ x: Int, _ y: Int) -> Value {
            func numbers(_ count: Int) -> Value { .array((0..<count).map { .int(Int64($0)) }) }
            return .map([MapEntry("x", numbers(x)), MapEntry("y", numbers(y))])
        }
        #expect(try Self.extract(record(32, 32), [rule])[0].count == 1_024)
        #expect(try Self.extract(record(1_024, 1), [rule])[0].count == 1_024)
        #expect(try Self.extract(record(2_000, 0), [rule])[0].isEmpty)
        #expect(try Self.extract(record(2_000, 0), [other])[0].count == 2_000)
        let error = #expect(throws: RecordError.self) { try Self.extract(record(41, 25), [other, rule]) }
        #expect(error?.code == .tooManyEntries)
        #expect(error?.rule == 1)
        #expect(error?.field == "x,y")
    }

    @Test("elements that cutting makes equal give one entry")
    func cutElements() throws {
        let long = String(repeating: "k", count: 300)
        let rule = IndexRule(fields: [try FieldPath("f")])
        let pair = IndexRule(fields: [try FieldPath("f"), try FieldPath("g")])
        let record = Value.map([
            MapEntry("f", .array([.string(long + "1"), .string("a"), .string(long + "2"), .string("z")])),
            MapEntry("g", .array([.int(1), .int(2)])),
        ])
        let entries = try Self.extract(record, [rule, pair])
        #expect(entries[0].count == 3)
        #expect(entries[1].count == 5)
    }

    @Test("an indexed string that is not UTF-8 makes a bad record and names its field; another string does not")
    func notUTF8() throws {
        let bytes: [UInt8] = [0x82, 0xA1, 0x61, 0xA2, 0x78, 0xFF, 0xA1, 0x62, 0xA1, 0x79]
        var scratch = EntryExtractor.Scratch()
        func extract(_ field: String, _ scratch: inout EntryExtractor.Scratch) throws -> Int {
            let rules = [IndexRule(fields: [try FieldPath(field)])]
            let extractor = EntryExtractor(rules: rules, format: .messagePack, schema: Schema())
            var count = 0
            try extractor.extract(primaryKey: bytes.span.bytes, value: bytes.span.bytes, into: &scratch) { _, _ in
                count += 1
            }
            return count
        }
        let error = #expect(throws: RecordError.self) { try extract("a", &scratch) }
        #expect(error == RecordError(.notUTF8, "a string is not UTF-8", offset: 4, field: "a"))
        #expect(try extract("b", &scratch) == 1)
    }

    @Test("a record that is bad for one rule emits nothing; rule by rule, the other rules get their entries")
    func ruleByRule() throws {
        func numbers(_ count: Int) -> Value { .array((0..<count).map { .int(Int64($0)) }) }
        let record = Value.map([MapEntry("x", numbers(100)), MapEntry("y", numbers(100)), MapEntry("z", .string("?"))])
        var bytes = record.messagePack
        bytes[bytes.count - 1] = 0xFF
        let fields = [["x"], ["x", "y"], ["z"], ["y"], ["z", "absent"]]
        let rules = try fields.map { names in IndexRule(fields: try names.map { try FieldPath($0) }) }
        let extractor = EntryExtractor(rules: rules, format: .messagePack, schema: Schema())
        var scratch = EntryExtractor.Scratch()
        #expect(throws: RecordError.self) {
            try extractor.extract(primaryKey: bytes.span.bytes, value: bytes.span.bytes, into: &scratch) { _, _ in
                Issue.record("emitted for a bad record")
            }
        }
        var counts = Array(repeating: 0, count: rules.count)
        var refusals: [RecordError] = []
        try extractor.extractRuleByRule(
            primaryKey: bytes.span.bytes, value: bytes.span.bytes, into: &scratch, { rule, _ in counts[rule] += 1 },
            refuse: { rule, error in
                #expect(error.rule == rule)
                refusals.append(error)
            })
        #expect(counts == [100, 0, 0, 100, 0])
        #expect(refusals.map(\.rule) == [1, 2, 4])
        #expect(refusals.map(\.code) == [.tooManyEntries, .notUTF8, .notUTF8])
    }

    @Test("what emit throws comes through, and the scratch stays usable")
    func emitThrows() throws {
        struct Full: Error {}
        let extractor = EntryExtractor(
            rules: [IndexRule(fields: [try FieldPath("f")])], format: .messagePack, schema: Schema())
        var scratch = EntryExtractor.Scratch()
        let bytes = Value.map([MapEntry("f", .array([.int(1), .int(2)]))]).messagePack
        #expect(throws: Full.self) {
            try extractor.extract(primaryKey: bytes.span.bytes, value: bytes.span.bytes, into: &scratch) { _, _ in
                throw Full()
            }
        }
        #expect(try Self.extract(.map([MapEntry("f", .int(7))]), extractor, Self.primaryKey, &scratch)[0].count == 1)
    }

    @Test("extraction is full decoding and the written rules, on one scratch for all records", arguments: Seeds.all)
    func reference(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var scratch = EntryExtractor.Scratch()
        var (arrays, cuts, refused) = (0, 0, 0)
        for _ in 0..<200 {
            let rules = try (0..<generator.below(5)).map { _ in try generator.rule() }
            let extractor = EntryExtractor(rules: rules, format: .messagePack, schema: Schema())
            for _ in 0..<20 {
                let record = generator.record()
                let primaryKey = [0x60] + [UInt8](repeating: 1, count: generator.pick([0, 3, 254, 255, 300, 510]))
                let expected = try rules.map {
                    try ReferenceExtraction.entries(of: record, primaryKey: primaryKey, rule: $0)
                }
                if expected.contains(where: { $0 == nil }) {
                    refused += 1
                    #expect(throws: RecordError.self) { try Self.extract(record, extractor, primaryKey, &scratch) }
                } else {
                    let entries = try Self.extract(record, extractor, primaryKey, &scratch)
                    #expect(entries == expected)
                    arrays += entries.contains { $0.count > 1 } ? 1 : 0
                    cuts += entries.joined().contains { $0.count > 500 } ? 1 : 0
                }
            }
        }
        #expect(arrays > 200)
        #expect(cuts > 10)
        #expect(refused > 5)
    }
}

extension SeededGenerator {
    private static let paths = [
        "a", "b", "tags", "address", "address.city", "a.a", #"a\.b"#, "emailaddress1", "absent",
    ]

    mutating func rule() throws -> IndexRule {
        IndexRule(
            fields: try (0...below(3)).map { _ in try FieldPath(pick(Self.paths)) },
            indexesNulls: chance(2))
    }

    /// A map whose fields are scalars, arrays of scalars (long ones now and then) and nested maps.
    mutating func record() -> Value {
        guard !chance(20) else { return value() }
        let isWide = chance(10)
        var names: Set<String> = []
        let entries = (0..<8).compactMap { _ -> MapEntry? in
            let name = fieldName()
            return names.insert(name).inserted ? MapEntry(name, isWide ? wideArray() : field()) : nil
        }
        return .map(entries)
    }

    /// So many distinct elements that two such fields may be too many for a composite index.
    private mutating func wideArray() -> Value { .array((0..<20 + below(30)).map { .int(Int64($0)) }) }

    private mutating func field() -> Value {
        switch below(6) {
        case 0, 1: scalar()
        case 2: .array((0..<below(chance(3) ? 80 : 5)).map { _ in chance(6) ? value(depth: 3) : scalar() })
        case 3:
            .array(
                (0..<below(4)).map { _ in
                    pick([.null, .int(1), .string(String(repeating: "k", count: 251 + below(60)))])
                })
        default: value(depth: 2)
        }
    }
}
