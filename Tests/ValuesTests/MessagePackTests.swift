import Testing
import Values

/// Goal: MessagePack in and out without loss, by the specification's own bytes.
///
/// Method: known bytes of every format, generated round trips, and fields read in place against the decoded record.
struct MessagePackTests {
    static func decode(_ bytes: [UInt8]) throws -> Value { try Value(messagePack: bytes.span.bytes) }

    /// Bytes and what they stand for; where the last part is true, encoding gives the very same bytes.
    static let known: [([UInt8], Value, isShortest: Bool)] = [
        ([0xC0], .null, true), ([0xC2], .bool(false), true), ([0xC3], .bool(true), true),
        ([0x00], .int(0), true), ([0x7F], .int(127), true), ([0xE0], .int(-32), true), ([0xFF], .int(-1), true),
        ([0xCC, 0x80], .int(128), true), ([0xCC, 0x01], .int(1), false), ([0xCD, 0x01, 0x00], .int(256), true),
        ([0xCE, 0, 1, 0, 0], .int(65_536), true), ([0xCF, 0, 0, 0, 1, 0, 0, 0, 0], .int(1 << 32), true),
        ([0xCF] + [UInt8](repeating: 0xFF, count: 8), .uint(.max), true),
        ([0xD0, 0xDF], .int(-33), true), ([0xD1, 0xFF, 0x7F], .int(-129), true),
        ([0xD2, 0xFF, 0xFF, 0x7F, 0xFF], .int(-32_769), true),
        ([0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0], .int(.min), true), ([0xD3, 0, 0, 0, 0, 0, 0, 0, 5], .int(5), false),
        ([0xCA, 0x3F, 0xC0, 0, 0], .double(1.5), false), ([0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], .double(1.5), true),
        ([0xA0], .string(""), true), ([0xA1, 0x61], .string("a"), true), ([0xD9, 1, 0x61], .string("a"), false),
        ([0xDA, 0, 1, 0x61], .string("a"), false), ([0xDB, 0, 0, 0, 1, 0x61], .string("a"), false),
        ([0xC4, 1, 0xFF], .bytes([0xFF]), true), ([0xC5, 0, 1, 0xFF], .bytes([0xFF]), false),
        ([0xC6, 0, 0, 0, 1, 0xFF], .bytes([0xFF]), false),
        ([0x92, 1, 0xC0], .array([.int(1), .null]), true), ([0xDC, 0, 1, 1], .array([.int(1)]), false),
        ([0xDD, 0, 0, 0, 1, 1], .array([.int(1)]), false),
        ([0x81, 0xA1, 0x61, 1], .map([MapEntry("a", .int(1))]), true),
        ([0xDE, 0, 1, 0xA1, 0x61, 1], .map([MapEntry("a", .int(1))]), false),
        ([0xDF, 0, 0, 0, 1, 5, 1], .map([MapEntry(key: .int(5), value: .int(1))]), false),
        ([0xD6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .timestamp(Timestamp(seconds: (1 << 32) - 1)), true),
        ([0xD7, 0xFF, 0, 0, 0, 4, 0, 0, 0, 2], .timestamp(Timestamp(seconds: 2, nanoseconds: 1)), true),
        (
            [0xC7, 12, 0xFF, 0, 0, 0, 1] + [UInt8](repeating: 0xFF, count: 8),
            .timestamp(Timestamp(seconds: -1, nanoseconds: 1)), true
        ),
        ([0xD4, 5, 9], .opaque(type: 5, bytes: [9]), true), ([0xC7, 0, 5], .opaque(type: 5, bytes: []), true),
        ([0xC8, 0, 3, 5, 1, 2, 3], .opaque(type: 5, bytes: [1, 2, 3]), false),
        ([0xC9, 0, 0, 0, 1, 0x80, 1], .opaque(type: -128, bytes: [1]), false),
        (
            [0xD8, 5] + [UInt8](repeating: 7, count: 16), .opaque(type: 5, bytes: [UInt8](repeating: 7, count: 16)),
            true
        ),
    ]

    @Test("every format of the specification is read, and written in its shortest form")
    func formats() throws {
        for (bytes, value, isShortest) in Self.known {
            #expect(try Self.decode(bytes) == value)
            #expect(throws: Never.self) { try MessagePack.validate(bytes.span.bytes) }
            if isShortest { #expect(value.messagePack == bytes) }
            #expect(try Self.decode(value.messagePack) == value)
        }
    }

    @Test("decode(encode) gives back every value", arguments: Seeds.all)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let value = generator.value()
            let bytes = value.messagePack
            let decoded = try Self.decode(bytes)
            #expect(decoded == value)
            #expect(decoded.messagePack == bytes)
            #expect(throws: Never.self) { try MessagePack.validate(bytes.span.bytes) }
        }
    }

    @Test("lengths around every limit come back", arguments: [15, 16, 31, 32, 255, 256, 65_535, 65_536, 70_000])
    func lengths(count: Int) throws {
        let values: [Value] = [
            .string(String(repeating: "x", count: count)), .bytes(Array(repeating: 1, count: count)),
            .array(Array(repeating: .int(1), count: count)), .opaque(type: 1, bytes: Array(repeating: 1, count: count)),
            .map((0..<count).map { MapEntry("key\($0)", .int(Int64($0))) }),
        ]
        for value in values { #expect(try Self.decode(value.messagePack) == value) }
    }

    @Test("a field is read in place as from the decoded record", arguments: Seeds.all)
    func fieldInPlace(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let paths = try ["a", "b", "address.city", "tags", "address", #"a\.b"#, "mail", "a.a.a"].map {
            try FieldPath($0)
        }
        var present = 0
        for _ in 0..<1_000 {
            let record = generator.chance(10) ? generator.value() : .map(generator.entries(depth: 0))
            let bytes = record.messagePack
            for path in paths {
                let field = try MessagePack.field(path, in: bytes.span.bytes)
                #expect(field == record[path])
                present += field == nil ? 0 : 1
            }
        }
        #expect(present > 200)
    }

    @Test("reading a field checks the whole record, and names the field if it is not UTF-8")
    func fieldOfBadRecord() throws {
        let path = try FieldPath("a")
        let cut: [UInt8] = [0x82, 0xA1, 0x61, 1, 0xA1, 0x62]
        #expect(throws: RecordError(.malformed, "MessagePack ends in the middle of a value", offset: 6)) {
            try MessagePack.field(path, in: cut.span.bytes)
        }
        let latin: [UInt8] = [0x81, 0xA1, 0x61, 0xA1, 0xE9]
        let error = #expect(throws: RecordError.self) { try MessagePack.field(path, in: latin.span.bytes) }
        #expect(error?.code == .notUTF8)
        #expect(error?.field == "a")
    }
}
