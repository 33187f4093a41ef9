import Testing
import Values

/// Goal: one JSON record taken by itself: stored, asked for a field, put on one line.
@Suite struct JSONRecordTests {
    private let spread = """
         {
          "key" : [ 1.10, "a b\\u0041" ],
          "k" : { "id" : "1970-01-01T00:00:05Z" }
        }\r

        """

    @Test("A record may be spread over lines; as JSON it is kept minified, all else as it was written")
    func spreadRecord() throws {
        let schema = Schema([.init(try FieldPath("k.id"), .timestamp)])
        let text = Array(spread.utf8)
        let kept = try JSONRecord(text.span.bytes, values: .json, key: try FieldPath("k.id"), schema: schema)
        #expect(
            String(decoding: kept.bytes, as: UTF8.self)
                == #"{"key":[1.10,"a b\u0041"],"k":{"id":"1970-01-01T00:00:05Z"}}"#)
        let packed = try JSONRecord(text.span.bytes, values: .messagePack, key: try FieldPath("k.id"), schema: schema)
        #expect(try Value(messagePack: packed.bytes.span.bytes) == Value(json: text.span.bytes, schema: schema))
        for record in [kept, packed] {
            #expect(record.keyValue == .timestamp(Timestamp(seconds: 5)))
            #expect(record.primaryKey == (try KeyEncoding.primaryKey(record.keyValue)))
        }
    }

    @Test(
        "What is no record is refused",
        arguments: [
            ("[1]", RecordError.Code.badPrimaryKey), ("{}", .badPrimaryKey), (#"{"key":null}"#, .badPrimaryKey),
            (#"{"key":[1]}"#, .badPrimaryKey), (#"{"key":1"#, .malformed), (#"{"key":1,"key":1}"#, .duplicateKey),
            (#"{"key":1e999}"#, .numberOutOfRange), (#"{"key":1,"at":1}"#, .wrongType),
        ])
    func refused(text: String, code: RecordError.Code) throws {
        let schema = Schema([.init(try FieldPath("at"), .timestamp)])
        for values in ValueFormat.allCases {
            do {
                let key = try FieldPath("key")
                _ = try JSONRecord(Array(text.utf8).span.bytes, values: values, key: key, schema: schema)
                Issue.record("\(text) was taken")
            } catch let error as RecordError {
                #expect(error.code == code, "\(error)")
            }
        }
    }

    @Test("A field is what the decoded record has at its path", arguments: Seeds.all)
    func fields(seed: UInt64) throws {
        let schema = Schema([.init(try FieldPath("at"), .timestamp), .init(try FieldPath("a.at"), .timestamp)])
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let inner = Value.map([
                MapEntry("at", .timestamp(generator.instant())), MapEntry("b", generator.jsonValue()),
            ])
            let value = Value.map([
                MapEntry("x", generator.jsonValue()), MapEntry("a", inner), MapEntry("at", .array([.null])),
            ])
            let text = Array(value.jsonText.utf8)
            for path in ["x", "a", "at", "a.at", "a.b", "a.b.at", "x.a", "nothing", "a.nothing"] {
                let path = try FieldPath(path)
                #expect(
                    try JSON.field(path, in: text.span.bytes, schema: schema)?.messagePack == value[path]?.messagePack,
                    "seed \(seed): \(path)")
            }
        }
    }

    @Test("Any document can be put on one line, malformed ones are refused")
    func minified() throws {
        for (text, minified) in [
            (" 1.0 ", "1.0"), ("[ 1,\n 2 ]", "[1,2]"), ("\"a b\"", "\"a b\""), (spread, nil), ("{}", "{}"), ("[", nil),
        ] {
            var line: [UInt8] = []
            do {
                try JSON.appendMinified(Array(text.utf8).span.bytes, to: &line)
                #expect(minified == nil || Array((minified ?? "").utf8) == line)
                #expect(!line.contains(0x0A))
                try JSON.validate(line.span.bytes)
            } catch {
                #expect(text == "[" && error.code == .malformed)
            }
        }
    }

    @Test("A parser that read a large document reads small ones after it")
    func largeThenSmall() throws {
        var reader = RecordReader(.ndjson, values: .json, key: try FieldPath("key"))
        let large = "{\"key\":1,\"v\":[" + String(repeating: "1e1,", count: 2_000_000) + "1]}"
        for text in ["{\"key\":1}", large, "{ \"key\":2}", large, "{\"key\":3}"] {
            reader.feed(Array((text + "\n").utf8).span.bytes)
            #expect(try reader.next())
            #expect(reader.record == Array(text.filter { $0 != " " }.utf8))
        }
    }
}
