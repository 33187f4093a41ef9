// Goal: keys of another program are shown, found and spliced into records in every form, and what does not fit is a bad
// record. Method: whole records are compared with values put together here; every form, both formats.

import Testing

@testable import Values

@Suite("Keys of another program")
struct RawKeysTests {
    private static let email = MapEntry("email", .string("a@x"))

    private func keys(_ form: RawKeys.Form) throws -> RawKeys { RawKeys(form, field: try FieldPath("key")) }

    private func stored(_ value: Value, _ format: ValueFormat) -> [UInt8] {
        var bytes: [UInt8] = []
        switch format {
        case .messagePack: value.appendMessagePack(to: &bytes)
        case .json: value.appendJSON(to: &bytes)
        }
        return bytes
    }

    @Test(
        "a key and its value are one record, in both formats",
        arguments: [
            (.text, Array("ann \"x\"".utf8), .string("ann \"x\"")), (.bytes, [0, 255], .bytes([0, 255])),
            (.bigEndian, [0, 0, 0, 0, 0, 0, 1, 2], .int(258)),
            (.littleEndian, [2, 1, 0, 0, 0, 0, 0, 0], .int(258)),
            (.bigEndian, Array(repeating: 255, count: 8), .uint(.max)),
        ] as [(RawKeys.Form, [UInt8], Value)], ValueFormat.allCases)
    func splicing(_ example: (RawKeys.Form, [UInt8], Value), _ format: ValueFormat) throws {
        let (form, key, shown) = example
        let keys = try keys(form)
        #expect(try keys.value(of: key.span.bytes) == shown)
        #expect(try keys.key(of: shown) == key)
        var schema = Schema()
        if form == .bytes { schema.set(.bytes, for: keys.field) }
        for fields in [[], [Self.email], (0..<70_000).map { MapEntry("f\($0)", .null) }] {
            var whole: [UInt8] = []
            let value = stored(.map(fields), format)
            try keys.appendRecord(key: key.span.bytes, value: value.span.bytes, format: format, to: &whole)
            let read = try format == .json
                ? Value(json: whole.span.bytes, schema: schema) : Value(messagePack: whole.span.bytes)
            #expect(read == .map([MapEntry("key", shown)] + fields))
        }
    }

    @Test("JSON of other programs may begin with white space and be empty inside")
    func spacedJSON() throws {
        let keys = try keys(.text)
        for (text, wanted) in [("  \n{ }", #"{"key":"k"}"#), (" {\t\"a\" : 1}", #"{"key":"k","a" : 1}"#)] {
            var whole: [UInt8] = []
            try keys.appendRecord(
                key: Array("k".utf8).span.bytes, value: Array(text.utf8).span.bytes, format: .json, to: &whole)
            #expect(String(decoding: whole, as: UTF8.self) == wanted)
        }
    }

    @Test(
        "a key that does not fit makes its record bad, wherever the record is read",
        arguments: [
            (.text, [0x61, 0xFF]), (.bigEndian, [1, 2, 3]), (.littleEndian, Array(repeating: 1, count: 9)),
        ] as [(RawKeys.Form, [UInt8])], ValueFormat.allCases)
    func strays(_ example: (RawKeys.Form, [UInt8]), _ format: ValueFormat) throws {
        let (form, key) = example
        let keys = try keys(form)
        #expect(throws: RecordError.self) { try keys.value(of: key.span.bytes) }
        let rule = IndexRule(fields: [try FieldPath("email")], indexesNulls: true)
        let extractor = EntryExtractor(rules: [rule], format: format, schema: Schema(), rawKeys: keys)
        var scratch = EntryExtractor.Scratch()
        let value = stored(.map([Self.email]), format)
        let error = #expect(throws: RecordError.self) {
            try extractor.extract(primaryKey: key.span.bytes, value: value.span.bytes, into: &scratch) { _, _ in
                Issue.record("an entry came of a record under a key that does not fit")
            }
        }
        #expect(error?.code == .badPrimaryKey)
    }

    @Test("values that are no maps, or have a field of the key's name, are bad", arguments: ValueFormat.allCases)
    func values(_ format: ValueFormat) throws {
        let keys = try keys(.text)
        let rule = IndexRule(fields: [try FieldPath("email")], indexesNulls: true)
        let extractor = EntryExtractor(rules: [rule], format: format, schema: Schema(), rawKeys: keys)
        var scratch = EntryExtractor.Scratch()
        func code(_ value: [UInt8]) -> RecordError.Code? {
            do {
                try extractor.extract(
                    primaryKey: Array("k".utf8).span.bytes, value: value.span.bytes, into: &scratch) { _, _ in }
                return nil
            } catch {
                return (error as? RecordError)?.code
            }
        }
        #expect(code(stored(.map([Self.email]), format)) == nil)
        for value in [Value.array([]), .int(3), .null, .string("a")] {
            #expect(code(stored(value, format)) == .malformed, "\(value)")
        }
        #expect(code([]) == .malformed)
        #expect(code(stored(.map([Self.email, MapEntry("key", .string("k"))]), format)) == .duplicateKey)
        let whole = stored(.map([Self.email]), format)
        for count in 1..<whole.count { #expect(code(Array(whole.prefix(count))) == .malformed, "\(count) bytes") }
    }

    @Test("the key is a field that an index may hold, and entries end with the key as it is stored")
    func keyAsField() throws {
        let rule = IndexRule(fields: [try FieldPath("key")], indexesNulls: true)
        let extractor = EntryExtractor(
            rules: [rule], format: .messagePack, schema: Schema(), rawKeys: try keys(.bigEndian))
        var scratch = EntryExtractor.Scratch()
        var found: [[UInt8]] = []
        let key: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 7]
        try extractor.extract(primaryKey: key.span.bytes, value: [0x80 as UInt8].span.bytes, into: &scratch) {
            found.append($1.withUnsafeBytes { Array($0) })
        }
        #expect(found == [try KeyEncoding.indexKey([.int(7)]) + key])
    }

    @Test("only what is a key of the form stands for one")
    func keysOfValues() throws {
        let wrong: [(RawKeys.Form, Value)] = [
            (.text, .int(1)), (.text, .bytes([1])), (.text, .string("")), (.bytes, .string("a")),
            (.bigEndian, .int(-1)), (.bigEndian, .double(1.5)), (.littleEndian, .string("1")),
            (.text, .string(String(repeating: "x", count: 512))),
        ]
        for (form, value) in wrong {
            #expect(throws: RecordError.self, "\(form) \(value)") { try keys(form).key(of: value) }
        }
        #expect(try keys(.bigEndian).key(of: .double(3)) == [0, 0, 0, 0, 0, 0, 0, 3])
    }
}
