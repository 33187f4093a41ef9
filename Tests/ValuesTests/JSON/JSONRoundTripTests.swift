import Testing
import Values

/// Goal: no value changes on its way to JSON text and back, whichever way it takes.
///
/// Method: generated values; the ways are compared byte by byte with each other.
@Suite struct JSONRoundTripTests {
    @Test("A value written as JSON reads back the same, representation included", arguments: Seeds.all)
    func valueToTextAndBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<800 {
            let value = generator.jsonValue()
            let text = value.jsonText
            #expect(try Value(jsonText: text).messagePack == value.messagePack, "seed \(seed): \(text)")
            #expect(!text.utf8.contains(UInt8(ascii: "\n")), "one line only")
        }
    }

    @Test("MessagePack printed directly is what its decoded value prints", arguments: Seeds.all)
    func directPrintEqualsDecodedPrint(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<800 {
            let value = generator.value()
            var direct: [UInt8] = []
            try MessagePack.appendJSON(value.messagePack.span.bytes, to: &direct)
            #expect(String(decoding: direct, as: UTF8.self) == value.jsonText, "seed \(seed)")
        }
    }

    @Test("JSON lines become the MessagePack of their decoded values, and print as the same line", arguments: Seeds.all)
    func transcodingEqualsDecoding(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            guard case .map(let entries) = generator.jsonMap() else { continue }
            let value = Value.map([MapEntry("key", .int(7))] + entries.filter { $0.key != .string("key") })
            let text = value.jsonText
            let packed = try Records.only(of: text, values: .messagePack)
            #expect(packed == value.messagePack, "seed \(seed): \(text)")
            var printed: [UInt8] = []
            try MessagePack.appendJSON(packed.span.bytes, to: &printed)
            #expect(String(decoding: printed, as: UTF8.self) == text, "seed \(seed)")
            #expect(try Records.only(of: " \t" + text + " \r", values: .json) == Array(text.utf8), "seed \(seed)")
        }
    }

    @Test("Timestamps and bytes pass through JSON under a schema", arguments: Seeds.all)
    func typedFields(seed: UInt64) throws {
        let schema = Schema([
            .init(try FieldPath("at"), .timestamp), .init(try FieldPath("deep.at"), .timestamp),
            .init(try FieldPath("blob"), .bytes),
        ])
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let instants = (0..<3).map { _ in generator.instant() }
            let value = Value.map([
                MapEntry("key", .int(1)), MapEntry("at", .timestamp(instants[0])),
                MapEntry(
                    "deep", .map([MapEntry("at", .array([.timestamp(instants[1]), .null, .array([.string("x")])]))])),
                MapEntry("blob", .bytes(generator.bytes())), MapEntry("text", .string("2026-01-31T00:00:00Z")),
            ])
            let text = value.jsonText
            #expect(try Value(jsonText: text, schema: schema).messagePack == value.messagePack, "seed \(seed): \(text)")
            #expect(
                try Records.only(of: text, values: .messagePack, schema: schema) == value.messagePack, "seed \(seed)")
        }
    }

    @Test("What JSON has no form for is written as text")
    func valuesWithoutForm() {
        let values: [(Value, String)] = [
            (.double(.nan), #""NaN""#), (.double(.infinity), #""Infinity""#), (.double(-.infinity), #""-Infinity""#),
            (.bytes([0, 255]), #""AP8=""#), (.timestamp(Timestamp(seconds: 0)), #""1970-01-01T00:00:00Z""#),
            (.opaque(type: 5, bytes: [1]), #"{"extension":5,"bytes":"AQ=="}"#),
            (.map([MapEntry(key: .int(1), value: .null)]), #"{"1":null}"#),
            (.map([MapEntry(key: .array([.string("a")]), value: .null)]), #"{"[\"a\"]":null}"#),
            (.map([MapEntry(key: .double(.nan), value: .bool(true))]), #"{"NaN":true}"#),
        ]
        for (value, text) in values { #expect(value.jsonText == text) }
    }

    @Test("Strings are escaped as JSON demands, and no more")
    func escapes() {
        #expect(
            Value.string("\u{0}\u{8}\t\n\u{C}\r\u{1F}\"\\/é🦉\u{2028}").jsonText
                == "\"\\u0000\\b\\t\\n\\f\\r\\u001f\\\"\\\\/é🦉\u{2028}\"")
    }

    @Test("A MessagePack string that is not UTF-8 is an error, not broken JSON")
    func badStringsAreRefused() {
        var text: [UInt8] = []
        #expect(throws: RecordError(.notUTF8, "a string is not UTF-8", offset: 1)) {
            try MessagePack.appendJSON(([0xA1, 0xFF] as [UInt8]).span.bytes, to: &text)
        }
        #expect(throws: RecordError(.notUTF8, "a string is not UTF-8", offset: 2)) {
            try MessagePack.appendJSON(([0x81, 0xA1, 0xFF, 0xC0] as [UInt8]).span.bytes, to: &text)
        }
    }
}
