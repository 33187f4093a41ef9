import Testing
import Values

/// Goal: every line is a record or an error with its line, wherever the blocks are cut.
///
/// Method: texts with good and bad lines, read whole and in pieces.
@Suite struct NDJSONTests {
    private static let mixed = """
        \u{FEFF}{"key":1,"a":"x"}

        {"key":2,"a":"y\\n","b":[1,2.5,null]}\r
        {"key":3
        [1]
        {"a":1}
         {"key":"ü🦉"}
        \t
        {"key":null}
        {"key":4,"key":4}
        {"key":18446744073709551616}
        {"key":5}
        """

    @Test("Records come with their line and key, bad lines with line, column and reason")
    func linesAndReasons() throws {
        let outcomes = try Records.read(Array(Self.mixed.utf8))
        let expected: [(Int, String)] = [
            (1, "1"), (3, "2"), (4, "malformed"), (5, "notAnObject"), (6, "keyMissing"), (7, #""ü🦉""#),
            (9, "keyNotUsable"), (10, "duplicateKey"), (11, "numberOutOfRange"), (12, "5"),
        ]
        #expect(outcomes.count == expected.count)
        for (outcome, (line, what)) in zip(outcomes, expected) {
            switch outcome {
            case .record(let found, let key, _): #expect("\(found) \(key.jsonText)" == "\(line) \(what)")
            case .failure(let error): #expect("\(error.line) \(error.reason.rawValue)" == "\(line) \(what)")
            }
        }
    }

    @Test("An error carries the line as it stood, the column and the field")
    func errorsAreWhole() throws {
        let text = "{\"key\":1}\r\n{\"key\":1,]}\r\n{\"x\":1}\n"
        let outcomes = try Records.read(Array(text.utf8))
        #expect(
            outcomes.dropFirst() == [
                .failure(
                    ImportError(
                        line: 2, column: 10, reason: .malformed, detail: "a key in quotes should be here",
                        rawLine: Array("{\"key\":1,]}".utf8))),
                .failure(
                    ImportError(
                        line: 3, field: "key", reason: .keyMissing, detail: "the primary key is absent",
                        rawLine: Array("{\"x\":1}".utf8))),
            ])
    }

    @Test("Blocks cut at every byte give the same records and errors", arguments: ValueFormat.allCases)
    func everyCut(values: ValueFormat) throws {
        let text = Array(Self.mixed.utf8)
        let whole = try Records.read(text, values: values)
        for cut in 0...text.count {
            #expect(try Records.read(text, values: values, cuts: [cut]) == whole, "cut at \(cut)")
        }
        #expect(try Records.read(text, values: values, cuts: Array(1..<text.count)) == whole, "byte by byte")
        #expect(try Records.read(text + [0x0A], values: values) == whole, "a line feed at the end")
    }

    @Test("Generated lines cut anywhere are the values that were written", arguments: Seeds.all)
    func generated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let values = (0..<generator.below(30)).map { number in
                Value.map([MapEntry("key", .int(Int64(number))), MapEntry("v", generator.jsonValue())])
            }
            let text = values.flatMap { Array(($0.jsonText + generator.pick(["\n", "\r\n", "\n\n"])).utf8) }
            let cuts = (0..<generator.below(10)).map { _ in generator.below(text.count + 1) }.sorted()
            let records = try Records.read(text, cuts: cuts).map { outcome -> [UInt8] in
                guard case .record(_, _, let bytes) = outcome else { return [] }
                return bytes
            }
            #expect(records == values.map(\.messagePack), "seed \(seed)")
        }
    }

    @Test("Damaged lines are records or errors, one each, and never a crash", arguments: Seeds.all)
    func damaged(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for values in ValueFormat.allCases {
            for _ in 0..<1_000 {
                let text = Value.map([MapEntry("key", generator.jsonNumber()), MapEntry("v", generator.jsonValue())])
                let line = generator.damaged(Array(text.jsonText.utf8.prefix(500))).filter { $0 != 0x0A }
                let outcomes = try Records.read(line + Array("\n{\"key\":1}".utf8), values: values)
                #expect(outcomes.count == 2 || line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }, "seed \(seed)")
                guard case .record(2, .int(1), _) = outcomes.last else {
                    Issue.record("seed \(seed): the line after \(String(decoding: line, as: UTF8.self))")
                    continue
                }
            }
        }
    }

    @Test("The key may be nested, typed by the schema, and of every class that a primary key may be")
    func keys() throws {
        let schema = Schema([.init(try FieldPath("k.at"), .timestamp), .init(try FieldPath("k.id"), .bytes)])
        for values in ValueFormat.allCases {
            func key(_ text: String, _ path: String) throws -> Value? {
                let outcomes = try Records.read(Array(text.utf8), values: values, key: path, schema: schema)
                guard case .record(_, let key, _) = outcomes.first else { return nil }
                return key
            }
            let text = #"{"a":{"id":1},"k":{"at":"1970-01-01T00:00:05Z","id":"AP8=","n":-1.5,"l":[1],"b":true}}"#
            #expect(try key(text, "k.at") == .timestamp(Timestamp(seconds: 5)))
            #expect(try key(text, "k.id") == .bytes([0, 255]))
            #expect(try key(text, "k.n") == .double(-1.5))
            #expect(try key(text, "a.id") == .int(1))
            #expect(try key(text, "k.l") == nil)
            #expect(try key(text, "k.b") == nil)
            #expect(try key(text, "k") == nil)
            #expect(try key(text, "k.x") == nil)
        }
    }

    @Test("The encoded key comes along; one that is too long is refused")
    func encodedKeys() throws {
        var reader = RecordReader(.ndjson, values: .json, key: try FieldPath("key"))
        let long = String(repeating: "k", count: 510)
        reader.feed(Array("{\"key\":\"\(long)\"}\n{\"key\":\"\(long)k\"}\n".utf8).span.bytes)
        #expect(try reader.next())
        #expect(reader.primaryKey == (try KeyEncoding.primaryKey(.string(long))))
        do {
            _ = try reader.next()
            Issue.record("a key of 511 bytes was taken")
        } catch {
            #expect(error.reason == .keyNotUsable && error.line == 2 && error.field == "key")
        }
        #expect(try !reader.next())
    }

    @Test("A wrong type under the schema names line and field", arguments: ValueFormat.allCases)
    func wrongTypes(values: ValueFormat) throws {
        let schema = Schema([.init(try FieldPath("at"), .timestamp), .init(try FieldPath("blob"), .bytes)])
        let text = """
            {"key":1,"at":"2026-01-31T00:00:00Z","blob":"AAAA"}
            {"key":1,"at":"2026-02-30T00:00:00Z"}
            {"key":1,"at":[null,"2026-01-31T00:00:00Z",7]}
            {"key":1,"blob":"AAA"}
            {"key":1,"blob":{}}
            """
        let outcomes = try Records.read(Array(text.utf8), values: values, schema: schema)
        let fields = outcomes.map { outcome -> String? in
            guard case .failure(let error) = outcome, error.reason == .wrongType else { return nil }
            return error.field
        }
        #expect(fields == [nil, "at", "at", "blob", "blob"])
    }

    @Test("A line over the limit is one error, and reading goes on behind it")
    func longLines() throws {
        let long = "{\"key\":1,\"a\":\"" + String(repeating: "x", count: 90) + "\"}"
        let text = Array("{\"key\":0}\n\(long)\n{\"key\":2}\n".utf8)
        let whole = try Records.read(text, lineMax: 100)
        #expect(whole.count == 3)
        guard case .failure(let error) = whole[1] else { throw ImportTestError.unexpected }
        #expect(error.line == 2 && error.reason == .tooLong)
        #expect(try Records.read(text, lineMax: long.utf8.count).count == 3)
        for cut in 0...text.count {
            #expect(try Records.read(text, cuts: [cut], lineMax: 100) == whole, "cut at \(cut)")
        }
        let endless = try Records.read(Array(repeating: 0x78, count: 20_000), cuts: [5_000, 10_000], lineMax: 100)
        guard case .failure(let unfinished) = endless.first else { throw ImportTestError.unexpected }
        #expect(endless.count == 1 && unfinished.isRawLineCut && unfinished.rawLine.count == 100)
    }

    @Test("A line of 64 MiB is read, one byte more refused")
    func longestLine() throws {
        for (extra, isRead) in [(0, true), (1, false)] {
            var line = Array("{\"key\":1,\"a\":\"".utf8)
            let end = Array("\"}".utf8)
            line += Array(repeating: 0x78, count: RecordReader.lineBytesMax - line.count - end.count + extra)
            let outcomes = try Records.read(line + end)
            guard case .record = outcomes.first else {
                #expect(!isRead)
                continue
            }
            #expect(isRead)
        }
    }

    @Test("An empty text has no records")
    func empty() throws {
        for text in ["", "\n", "\r\n\n", "\u{FEFF}", " "] { #expect(try Records.read(Array(text.utf8)).isEmpty) }
    }
}

enum ImportTestError: Error {
    case unexpected
}
