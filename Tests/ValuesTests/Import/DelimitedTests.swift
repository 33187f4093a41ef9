import Testing
import Values

/// Goal: CSV (RFC 4180) and TSV rows become the records a reader of the file would expect, or errors with their line.
///
/// Method: texts with every rule of quoting, read whole and cut at every byte; generated cells against their values.
@Suite struct DelimitedTests {
    @Test(
        "Cells are numbers, booleans, strings or absent",
        arguments: [
            ("1", "1"), ("-0.5", "-0.5"), ("1e3", "1000.0"), ("18446744073709551615", "18446744073709551615"),
            ("007", #""007""#), ("+1", #""+1""#), ("1.", #""1.""#), (".5", #"".5""#), ("0x1", #""0x1""#),
            ("NaN", #""NaN""#),
            ("1 ", #""1 ""#), ("true", "true"), ("false", "false"), ("True", #""True""#), ("null", #""null""#),
            (#""""#, #""""#), (#""a,b""#, #""a,b""#), (#""a""b""#, #""a\"b""#), (#""""""#, #""\"""#),
            ("\"a\nb\"", #""a\nb""#),
            ("\"a\r\nb\"", #""a\r\nb""#), (#""12""#, "12"), (#""true""#, "true"), (" x ", #"" x ""#), ("é🦉", #""é🦉""#),
            ("-", #""-""#), ("a\rb", #""a\rb""#),
        ])
    func cells(cell: String, json: String) throws {
        #expect(try Records.lines("key,v\n1,\(cell)\n", .csv) == ["2 {\"key\":1,\"v\":\(json)}"])
        #expect(try Records.lines("key,v\r\n1,\(cell)\r\n", .csv) == ["2 {\"key\":1,\"v\":\(json)}"])
        #expect(try Records.lines("key,v\n1,\(cell)", .csv) == ["2 {\"key\":1,\"v\":\(json)}"])
        #expect(try Records.lines("v,key\n\(cell),1", .csv) == ["2 {\"v\":\(json),\"key\":1}"])
    }

    @Test("An empty cell is an absent field")
    func absentCells() throws {
        #expect(
            try Records.lines("key,a,b\n1,,\n2,x,\n3,,y\n", .csv)
                == [#"2 {"key":1}"#, #"3 {"key":2,"a":"x"}"#, #"4 {"key":3,"b":"y"}"#])
        #expect(try Records.lines("key\ta\tb\n1\t\t\n", .tsv) == [#"2 {"key":1}"#])
    }

    @Test("Lines are counted through quoted line ends, blank lines passed over")
    func lineNumbers() throws {
        let text = "\u{FEFF}\"key\",\"a\nb\"\n\n1,\"x\n\ny\"\r\n\r\n2,z\n3\n\"4\",w"
        #expect(
            try Records.lines(text, .csv)
                == [
                    #"4 {"key":1,"a\nb":"x\n\ny"}"#, #"8 {"key":2,"a\nb":"z"}"#, "9 cellCount",
                    #"10 {"key":4,"a\nb":"w"}"#,
                ])
    }

    @Test(
        "Wrong quoting and wrong cells are errors with their line and column, and reading goes on",
        arguments: [
            ("1,a\"b", ImportError.Reason.quoting, 4), ("1,\"a\"b", .quoting, 6), ("1,\"a\" ", .quoting, 6),
            ("1,\"a\"\rb", .quoting, 7), ("1", .cellCount, nil), ("1,2,3", .cellCount, nil), (",x", .keyMissing, nil),
            ("1,18446744073709551616", .numberOutOfRange, 3), ("1,1e999", .numberOutOfRange, 3),
            ("true,x", .keyNotUsable, nil),
        ] as [(String, ImportError.Reason, Int?)])
    func badRows(row: String, reason: ImportError.Reason, column: Int?) throws {
        let outcomes = try Records.read(Array("key,v\n\(row)\r\n2,x\n".utf8), .csv)
        try #require(outcomes.count == 2)
        guard case .failure(let error) = outcomes[0] else { throw ImportTestError.unexpected }
        #expect(error.reason == reason && error.line == 2 && error.column == column, "\(error)")
        #expect(error.rawLine == Array(row.utf8) && !error.endsInput)
        guard case .record(3, .int(2), _) = outcomes[1] else { throw ImportTestError.unexpected }
    }

    @Test("Bytes that are not UTF-8 are an error that names the field")
    func notUTF8() throws {
        let outcomes = try Records.read(Array("key,v\n1,".utf8) + [0xFF, 0x0A] + Array("2,b".utf8), .csv)
        guard case .failure(let error) = outcomes.first else { throw ImportTestError.unexpected }
        #expect(error.reason == .notUTF8 && error.field == "v" && error.line == 2 && error.column == 3)
        #expect(outcomes.count == 2)
    }

    @Test("A quote that is never closed ends the input, for there is no telling where the next row begins")
    func unclosedQuote() throws {
        let outcomes = try Records.read(Array("key,v\n1,\"a\n2,b\n3,c\n".utf8), .csv)
        try #require(outcomes.count == 1)
        guard case .failure(let error) = outcomes[0] else { throw ImportTestError.unexpected }
        #expect(error.reason == .quoting && error.line == 2 && error.column == 3 && error.endsInput)
        let long = Array("key,v\n1,\"a".utf8) + Array(repeating: 0x78, count: 20_000)
        let tooLong = try Records.read(long, .csv, cuts: [10_000], lineMax: 1_000)
        guard case .failure(let cut) = tooLong.first else { throw ImportTestError.unexpected }
        #expect(tooLong.count == 1 && cut.reason == .tooLong && cut.endsInput && cut.isRawLineCut && cut.line == 2)
    }

    @Test("A row over the limit ends the input, wherever the blocks are cut")
    func longRows() throws {
        let text = Array(
            "key,v\r\n1,\(String(repeating: "x", count: 98))\r\n2,\(String(repeating: "x", count: 99))\r\n3,y\n".utf8)
        let whole = try Records.read(text, .csv, lineMax: 100)
        try #require(whole.count == 2)
        guard case .record(2, .int(1), _) = whole[0], case .failure(let error) = whole[1] else {
            throw ImportTestError.unexpected
        }
        #expect(error.reason == .tooLong && error.endsInput && error.line == 3 && error.rawLine.count == 100)
        for cut in 0...text.count {
            #expect(try Records.read(text, .csv, cuts: [cut], lineMax: 100) == whole, "\(cut)")
        }
    }

    @Test("A row of a million cells is one error and little memory")
    func manyCells() throws {
        let row = String(repeating: ",", count: 1_000_000)
        #expect(try Records.lines("key,v\n\(row)\n1,x\n", .csv) == ["2 cellCount", #"3 {"key":1,"v":"x"}"#])
    }

    @Test(
        "A header without names, with double names or without the key is refused, and ends the input",
        arguments: [
            "", "\n\n", "key,\n1,2", ",key\n1,2", "key,a,a\n1,2,3", "key,\"\"\n1,2", "a,b\n1,2", "key,\"a\"b\n1,2",
            "key,\"a",
        ])
    func badHeaders(text: String) throws {
        let outcomes = try Records.read(Array(text.utf8), .csv)
        try #require(outcomes.count == 1)
        guard case .failure(let error) = outcomes[0] else { throw ImportTestError.unexpected }
        #expect(error.endsInput && (error.reason == .header || error.reason == .quoting), "\(error)")
    }

    @Test("Blocks cut at every byte give the same rows", arguments: [TextFormat.csv, .tsv])
    func everyCut(format: TextFormat) throws {
        let rows = [
            "\u{FEFF}key,v,\"w,\"", "1,\"a,\"\"b\"\"\r\n\",x", "", "2,\"\",", "3,a\"b,c", "4,\\t\\n,\r", "5",
            "6,\"7\",true",
            "\"7\",\"8\"\r", "8,,",
        ]
        let text = Array(rows.joined(separator: "\r\n").utf8).map { format == .tsv && $0 == 0x2C ? 0x09 : $0 }
        let whole = try Records.read(text, format)
        #expect(whole.count > 5)
        for cut in 0...text.count { #expect(try Records.read(text, format, cuts: [cut]) == whole, "cut at \(cut)") }
        #expect(try Records.read(text, format, cuts: Array(1..<text.count)) == whole, "byte by byte")
    }

    @Test("TSV has escapes and no quotes")
    func tsv() throws {
        let text = "key\tv\n1\ta\\tb\\nc\\rd\\\\\n2\t\"q\"\n3\t\\x\n4\tend\\\n5\t5\r\n"
        #expect(
            try Records.lines(text, .tsv)
                == [
                    #"2 {"key":1,"v":"a\tb\nc\rd\\"}"#, #"3 {"key":2,"v":"\"q\""}"#, "4 escape", "5 escape",
                    #"6 {"key":5,"v":5}"#,
                ])
    }

    @Test("Columns that the schema types hold timestamps and bytes")
    func typedColumns() throws {
        let schema = Schema([
            .init(try FieldPath("at"), .timestamp), .init(try FieldPath("blob"), .bytes),
            .init(try FieldPath("a\\.b"), .bytes),
        ])
        let text = "key,at,blob,a.b\n1,1970-01-01T00:00:01Z,AP8=,AA==\n2,never,,\n3,,x,\n4,,,\n5,,\"\",\n"
        let outcomes = try Records.read(Array(text.utf8), .csv, schema: schema)
        guard case .record(_, _, let bytes) = outcomes[0] else { throw ImportTestError.unexpected }
        #expect(
            try Value(messagePack: bytes.span.bytes)
                == .map([
                    MapEntry("key", .int(1)), MapEntry("at", .timestamp(Timestamp(seconds: 1))),
                    MapEntry("blob", .bytes([0, 255])), MapEntry("a.b", .bytes([0])),
                ]))
        #expect(
            try Records.lines(text, .csv, schema: schema).dropFirst()
                == ["3 wrongType", "4 wrongType", #"5 {"key":4}"#, #"6 {"key":5,"blob":""}"#])
        let asJSON = try Records.read(Array(text.utf8), .csv, values: .json, schema: schema)
        guard case .record(_, _, let json) = asJSON[0] else { throw ImportTestError.unexpected }
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"key":1,"at":"1970-01-01T00:00:01Z","blob":"AP8=","a.b":"AA=="}"#)
    }

    @Test("Generated cells come back as they were, in both formats", arguments: Seeds.all)
    func generated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for format in [TextFormat.csv, .tsv] {
            for _ in 0..<60 {
                let table = (0..<generator.below(6)).map { _ in (0..<3).map { _ in "x" + generator.jsonString() } }
                var text = format == .csv ? "key,a,b,c\n" : "key\ta\tb\tc\n"
                for (row, cells) in table.enumerated() {
                    let written = ["\(row)"] + cells.map { format == .csv ? Self.quoted($0) : Self.escaped($0) }
                    text += written.joined(separator: format == .csv ? "," : "\t") + generator.pick(["\n", "\r\n"])
                }
                let bytes = Array(text.utf8)
                let cuts = (0..<4).map { _ in generator.below(bytes.count + 1) }.sorted()
                let expected = table.enumerated().map { row, cells in
                    Value.map(
                        [MapEntry("key", .int(Int64(row)))]
                            + zip(["a", "b", "c"], cells).map { MapEntry($0, .string($1)) })
                }
                let read = try Records.read(bytes, format, cuts: cuts).map { outcome -> [UInt8] in
                    guard case .record(_, _, let bytes) = outcome else { return [] }
                    return bytes
                }
                #expect(read == expected.map(\.messagePack), "seed \(seed)")
            }
        }
    }

    @Test("Random texts never crash a reader", arguments: Seeds.all)
    func randomTexts(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("\",\t\n\r\\a1e.-".utf8) + [0xFF]
        for format in [TextFormat.csv, .tsv] {
            for _ in 0..<2_000 {
                let header = Array((format == .csv ? "key,v\n" : "key\tv\n").utf8)
                let text = header + (0..<generator.below(60)).map { _ in generator.pick(alphabet) }
                let whole = try Records.read(text, format)
                #expect(
                    try Records.read(text, format, cuts: [generator.below(text.count + 1)]) == whole, "seed \(seed)")
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t": escaped += "\\t"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\\": escaped += "\\\\"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
