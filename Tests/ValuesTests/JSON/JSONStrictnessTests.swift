import Testing

@testable import Values

/// Goal: what is not JSON is refused with its place and reason, and nothing crashes the parser.
///
/// Method: one text per rule; then damaged and random texts, on which the fast parser and the slow, simple one that
/// explains refusals must agree about what is JSON.
@Suite struct JSONStrictnessTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var text: [UInt8]
        var code: RecordError.Code
        var offset: Int
        var testDescription: String { String(decoding: text, as: UTF8.self) }

        init(_ text: String, _ code: RecordError.Code = .malformed, at offset: Int) {
            self.init(Array(text.utf8), code, at: offset)
        }

        init(_ text: [UInt8], _ code: RecordError.Code = .malformed, at offset: Int) {
            (self.text, self.code, self.offset) = (text, code, offset)
        }
    }

    static let bad = [
        Bad("", at: 0), Bad("  ", at: 2), Bad("{", at: 1), Bad("[1", at: 2), Bad("[1,]", at: 3),
        Bad("{\"a\":1,}", at: 7),
        Bad("{\"a\" 1}", at: 5), Bad("{\"a\":}", at: 5), Bad("{a:1}", at: 1), Bad("{1:1}", at: 1), Bad("[1 2]", at: 3),
        Bad("{} {}", at: 3), Bad("{}x", at: 2), Bad("1 2", at: 2), Bad("nul", at: 0), Bad("nulll", at: 4),
        Bad("True", at: 0),
        Bad("[tru]", at: 1), Bad("NaN", at: 0), Bad("[Infinity]", at: 1), Bad("01", at: 0), Bad("1.", at: 0),
        Bad(".5", at: 0), Bad("+1", at: 0), Bad("-", at: 0), Bad("1e", at: 0), Bad("1e+", at: 0), Bad("0x10", at: 0),
        Bad("1.2.3", at: 0), Bad("[-a]", at: 1), Bad("\"a", at: 2), Bad("\"a\nb\"", at: 2), Bad("\"\t\"", at: 1),
        Bad("\"\\x\"", at: 1), Bad("\"\\u12g4\"", at: 1), Bad("\"\\u12\"", at: 1), Bad("\"\\ud800\"", at: 1),
        Bad("\"\\udc00\"", at: 1), Bad("\"\\ud800\\u0041\"", at: 1), Bad("'a'", at: 0), Bad("[1}", at: 2),
        Bad("/**/1", at: 0), Bad("\u{FEFF}1", at: 0), Bad("{\"a\":1\u{0}}", at: 6), Bad("1\u{0}", at: 1),
        Bad("{\"a\":1,\"b\":2,\"a\":3}", .duplicateKey, at: 13), Bad("{\"\":1,\"\":2}", .duplicateKey, at: 6),
        Bad("[{\"x\":{\"a\":1,\"\\u0061\":2}}]", .duplicateKey, at: 13),
        Bad("{\"emailaddress1\":1,\"emailaddress2\":1,\"emailaddress1\":1}", .duplicateKey, at: 37),
        Bad(Array("\"".utf8) + [0xFF] + Array("\"".utf8), .notUTF8, at: 1),
        Bad(Array("\"".utf8) + [0xC0, 0x80] + Array("\"".utf8), .notUTF8, at: 1),
        Bad(Array("\"a".utf8) + [0xED, 0xA0, 0x80] + Array("\"".utf8), .notUTF8, at: 2),
        Bad(Array("\"".utf8) + [0xF4, 0x90, 0x80, 0x80] + Array("\"".utf8), .notUTF8, at: 1),
        Bad(Array("\"".utf8) + [0xE2, 0x82] + Array("\"".utf8), .notUTF8, at: 1),
        Bad([0xFF], at: 0), Bad([0x31, 0xFF], at: 1),
    ]

    @Test("What is not JSON is refused with its place", arguments: bad)
    func refused(bad: Bad) {
        do {
            let value = try Value(json: bad.text.span.bytes)
            Issue.record("became \(value)")
        } catch {
            #expect(error.code == bad.code, "\(error)")
            #expect(error.offset == bad.offset, "\(error)")
        }
    }

    @Test("Nesting of 128 is read, of 129 refused where it begins")
    func depth() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deepest = String(repeating: open, count: 127)
            let end = String(repeating: close, count: 127)
            let innermost = open == "[" ? "[]" : "{}"
            var value = try Value(jsonText: deepest + innermost + end)
            var depth = 0
            while true {
                depth += 1
                if case .array(let values) = value, let inner = values.first {
                    value = inner
                } else if case .map(let entries) = value, let inner = entries.first {
                    value = inner.value
                } else {
                    break
                }
            }
            #expect(depth == 128)
            let offset = 128 * open.utf8.count
            let tooDeep = RecordError(.tooDeep, "arrays and maps nest deeper than 128", offset: offset)
            #expect(throws: tooDeep) { try Value(jsonText: deepest + open + innermost + close + end) }
            #expect(throws: tooDeep) { try Value(jsonText: deepest + open + "[1]" + close + end) }
            #expect(try Value(jsonText: deepest + open + "1" + close + end).jsonText.utf8.count > 0)
        }
    }

    @Test("A key twice is found among many keys, wherever the two stand", arguments: Seeds.all)
    func doublesAmongMany(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for count in [2, 3, 15, 16, 17, 18, 100, 1_000] {
            let stem = generator.pick(["", "k", "prefixed"])
            var names = (0..<count).map { "\(stem)\($0)" }.shuffled(using: &generator)
            #expect(try Value(jsonText: Self.object(names)).jsonText == Self.object(names))
            let first = generator.below(count)
            names.insert(names[first], at: first + 1 + generator.below(count - first))
            do {
                _ = try Value(jsonText: Self.object(names))
                Issue.record("seed \(seed): \(count) keys")
            } catch {
                #expect(error.code == .duplicateKey)
            }
        }
    }

    @Test("The parser and its explainer agree on damaged texts", arguments: Seeds.all)
    func agreementOnDamaged(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (accepted, refused) = (0, 0)
        for _ in 0..<4_000 {
            let text = generator.damaged(Array(generator.jsonValue().jsonText.utf8.prefix(2_000)))
            if agree(on: text, seed: seed) { accepted += 1 } else { refused += 1 }
        }
        #expect(accepted > 100 && refused > 100, "both sides of the border were met")
    }

    @Test("The parser and its explainer agree on random bytes", arguments: Seeds.all)
    func agreementOnRandom(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("{}[]\",:01-.eE\\u tfnrals \n".utf8)
        for _ in 0..<8_000 {
            let isAnyByte = generator.chance(4)
            let text = (0..<generator.below(40)).map { _ in
                isAnyByte ? UInt8(truncatingIfNeeded: generator.next()) : generator.pick(alphabet)
            }
            _ = agree(on: text, seed: seed)
        }
    }

    /// True if both take `text` for JSON.
    private func agree(on text: [UInt8], seed: UInt64) -> Bool {
        let explained = text.withUnsafeBytes { JSONDiagnosis.error(in: $0) }
        do {
            let value = try Value(json: text.span.bytes)
            #expect(explained == nil, "seed \(seed): \(String(decoding: text, as: UTF8.self)) \(text)")
            #expect(throws: Never.self) { try Value(jsonText: value.jsonText) }
            return true
        } catch {
            #expect(explained == error, "seed \(seed): \(String(decoding: text, as: UTF8.self)) \(text)")
            return false
        }
    }

    private static func object(_ names: [String]) -> String {
        "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
    }
}
