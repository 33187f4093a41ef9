import Testing
import Values

/// Goal: a record gives the same index entries whether it is stored as JSON or as MessagePack.
///
/// Method: generated records; JSON extraction against extraction from MessagePack and against the decoded value.
@Suite struct JSONExtractionTests {
    private static let paths = ["a", "b", "tags", "address", "address.city", "a.b", "at", "blob", "address.at"]

    private func rules() throws -> [IndexRule] {
        try Self.paths.map { IndexRule(fields: [try FieldPath($0)]) }
            + [
                IndexRule(fields: [try FieldPath("a"), try FieldPath("b")], indexesNulls: false),
                IndexRule(fields: [try FieldPath("tags"), try FieldPath("address.city")]),
            ]
    }

    private func entries(
        _ record: [UInt8], _ format: ValueFormat, _ schema: Schema = Schema()
    ) throws -> [[[UInt8]]] {
        let extractor = EntryExtractor(rules: try rules(), format: format, schema: schema)
        var scratch = EntryExtractor.Scratch()
        var entries: [[[UInt8]]] = Array(repeating: [], count: try rules().count)
        let key = try KeyEncoding.primaryKey(.int(1))
        try extractor.extract(primaryKey: key.span.bytes, value: record.span.bytes, into: &scratch) { rule, entry in
            entries[rule].append(entry.withUnsafeBytes { Array($0) })
        }
        return entries
    }

    @Test("JSON gives the entries that MessagePack gives", arguments: Seeds.all)
    func jsonEqualsMessagePack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var found = 0
        for _ in 0..<600 {
            let value = generator.jsonMap()
            let fromJSON = try entries(Array(value.jsonText.utf8), .json)
            #expect(fromJSON == (try entries(value.messagePack, .messagePack)), "seed \(seed): \(value.jsonText)")
            for (rule, path) in Self.paths.enumerated() {
                let expected = Set(try scalars(value[FieldPath(path)]).map { try KeyEncoding.indexKey([$0]) })
                #expect(fromJSON[rule].count == expected.count, "seed \(seed): \(path) of \(value.jsonText)")
                found += expected.count
            }
        }
        #expect(found > 300, "fields were met")
    }

    @Test("Fields that the schema types give the entries of timestamps and bytes")
    func typedFields() throws {
        let schema = Schema([
            .init(try FieldPath("at"), .timestamp), .init(try FieldPath("address.at"), .timestamp),
            .init(try FieldPath("blob"), .bytes),
        ])
        let value = Value.map([
            MapEntry("at", .timestamp(Timestamp(seconds: 5, nanoseconds: 1))), MapEntry("blob", .bytes([1, 2, 3])),
            MapEntry(
                "address", .map([MapEntry("at", .array([.null, .timestamp(Timestamp(seconds: -1)), .array([])]))])),
        ])
        let fromJSON = try entries(Array(value.jsonText.utf8), .json, schema)
        #expect(fromJSON == (try entries(value.messagePack, .messagePack)))
        #expect(fromJSON.map(\.count) == [0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0])
    }

    @Test(
        "A field that is not what the schema says makes a bad record that names it",
        arguments: [
            (#"{"at":"yesterday"}"#, "at"), (#"{"at":5}"#, "at"), (#"{"at":{}}"#, "at"), (#"{"at":[1]}"#, "at"),
            (#"{"blob":"AP8"}"#, "blob"), (#"{"blob":"AP9="}"#, "blob"), (#"{"blob":true}"#, "blob"),
            (#"{"address":{"at":""}}"#, "address.at"),
        ])
    func wrongType(text: String, field: String) throws {
        let schema = Schema([
            .init(try FieldPath("at"), .timestamp), .init(try FieldPath("address.at"), .timestamp),
            .init(try FieldPath("blob"), .bytes),
        ])
        for read in [
            { _ = try entries(Array(text.utf8), .json, schema) }, { _ = try Value(jsonText: text, schema: schema) },
        ] {
            do {
                try read()
                Issue.record("read")
            } catch let error as RecordError {
                #expect(error.code == .wrongType)
                #expect(error.field == field)
            }
        }
    }

    @Test("A malformed record is refused even where no index looks")
    func malformedElsewhere() throws {
        for text in [#"{"zzz":{"x":1,"x":2}}"#, #"{"zzz":[01]}"#, #"{"a":1}}"#, #"{"a":1,"zzz":1e999}"#] {
            #expect(throws: RecordError.self) { try entries(Array(text.utf8), .json) }
        }
        #expect(try entries(Array("[1]".utf8), .json).allSatisfy(\.isEmpty), "no map has no fields")
    }

    /// What an index holds of a field.
    private func scalars(_ value: Value?) -> [Value] {
        switch value {
        case .array(let elements): elements.filter(\.isScalar)
        case .some(let value) where value.isScalar: [value]
        default: []
        }
    }
}
