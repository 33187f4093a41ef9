import Glibc
import Testing
import Values

/// Goal: whatever the bytes are, they give a value or a named error; nothing reads too far or exhausts the stack.
///
/// Method: damaged records are laid against a page that may not be touched, so that reading one byte too many kills the
/// test; the extractor and the full decoder must agree about what is malformed.
struct MalformedTests {
    @Test(
        "named mistakes",
        arguments: [
            ([], .malformed), ([0xC1], .malformed), ([0x01, 0x01], .malformed), ([0xA2, 0x61], .malformed),
            ([0xCB, 0, 0], .malformed), ([0xDC, 0], .malformed), ([0xDD, 0xFF, 0xFF, 0xFF, 0xFF], .malformed),
            ([0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1], .malformed), ([0xDB, 0xFF, 0xFF, 0xFF, 0xFF, 1], .malformed),
            ([0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 1], .malformed), ([0x91, 0xC1], .malformed), ([0x81, 0xC1, 0], .malformed),
            ([0xD7, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0], .malformed), ([0xD4, 0xFF, 0], .malformed),
            ([0xC7, 12, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .malformed),
            ([0x82, 0xA1, 0x61, 1, 0xA1, 0x61, 1], .duplicateKey),
            ([0x82, 0xA1, 0x61, 1, 0xD9, 1, 0x61, 1], .duplicateKey), ([0x82, 0xA0, 1, 0xA0, 1], .duplicateKey),
            ([0x82, 5, 1, 5, 1], .duplicateKey), ([0x81, 0xA1, 0x61, 0x82, 5, 1, 5, 1], .duplicateKey),
            ([0x82, 0x91, 1, 1, 0x91, 1, 1], .duplicateKey),
        ] as [([UInt8], RecordError.Code)])
    func named(bytes: [UInt8], code: RecordError.Code) throws {
        let reading = try Reading()
        #expect(reading.decoding(bytes) == code)
        #expect(reading.validating(bytes) == code)
        #expect(reading.extracting(bytes) == code)
    }

    @Test("keys are the same by content only: a prefix, a zero byte or another type makes another key")
    func distinctKeys() throws {
        let reading = try Reading()
        let keys: [[UInt8]] = [
            [0xA0], [0xA1, 0x61], [0xA2, 0x61, 0x00], [0xA2, 0x61, 0x61], [0xA1, 0x00], [0xA2, 0x00, 0x00],
            [0xC4, 1, 0x61],
            [0x61], [0xC0], [0xC2], [0x90], [0x91, 0x61], [0x80], [0xD4, 1, 0x61],
        ]
        let bytes: [UInt8] = [0x80 | UInt8(keys.count)] + keys.flatMap { (key: [UInt8]) -> [UInt8] in key + [0xC0] }
        #expect(reading.decoding(bytes) == nil)
        #expect(reading.validating(bytes) == nil)
    }

    @Test("a key twice among many is found, wherever the two stand", arguments: [2, 8, 9, 33, 200, 5_000])
    func duplicatesInWideMaps(count: Int) throws {
        let reading = try Reading()
        var generator = SeededGenerator(seed: UInt64(count))
        let names = (0..<count).map {
            $0 % 3 == 0 ? "k\($0)" : $0 % 3 == 1 ? "name-of-\($0)" : "a rather long name of field \($0)"
        }
        let record = Value.map(names.map { MapEntry($0, .map([MapEntry("k0", .int(1))])) })
        #expect(reading.validating(record.messagePack) == nil)
        for from in count <= 200 ? Array(0..<count - 1) : (0..<20).map({ _ in generator.below(count - 1) }) {
            let to = generator.chance(2) ? count - 1 : from + 1 + generator.below(count - 1 - from)
            var doubled = names
            doubled[to] = names[from]
            let bytes = Value.map(doubled.map { MapEntry($0, .null) }).messagePack
            #expect(reading.validating(bytes) == .duplicateKey)
            #expect(reading.decoding(bytes) == .duplicateKey)
        }
    }

    @Test("a count beyond the bytes that are left is refused before anything behind it is read")
    func claimedCount() {
        for bytes in [[0x93, 0xC1, 0xC1], [0xDD, 0, 0, 0, 3, 0xC1, 0xC1], [0x82, 0xC1, 0xC1, 0xC1]] as [[UInt8]] {
            #expect(throws: RecordError(.malformed, "MessagePack ends in the middle of a value", offset: bytes.count)) {
                try MessagePack.validate(bytes.span.bytes)
            }
        }
    }

    @Test("nesting is refused beyond the limit, not at it; a million levels do not exhaust the stack")
    func depth() throws {
        let reading = try Reading()
        for (head, tail) in [([0x91], [0x90]), ([0x81, 0xA1, 0x61], [0x80]), ([0x81], [0x80, 0x01])]
            as [([UInt8], [UInt8])]
        {
            func nested(_ levels: Int) -> [UInt8] {
                let closing =
                    head.count == 1 && head[0] == 0x81 ? (0..<levels - 1).flatMap { _ in [0x01] } : [] as [UInt8]
                return (0..<levels - 1).flatMap { _ in head } + tail.prefix(1) + closing
            }
            #expect(reading.decoding(nested(ValueLimits.depthMax)) == nil)
            #expect(reading.validating(nested(ValueLimits.depthMax)) == nil)
            for levels in [ValueLimits.depthMax + 1, 1_000_000] {
                #expect(reading.decoding(nested(levels)) == .tooDeep)
                #expect(reading.validating(nested(levels)) == .tooDeep)
                #expect(reading.extracting(nested(levels)) == .tooDeep)
            }
        }
    }

    @Test("every truncation is refused, and nothing beyond the end is read", arguments: Seeds.all)
    func truncations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let reading = try Reading()
        for _ in 0..<40 {
            let bytes = Value.map(generator.entries(depth: 1, keysOfEveryType: true)).messagePack
            #expect(reading.extracting(bytes) == nil)
            guard bytes.count <= 800 else { continue }  // The number of truncations to try grows with the square.
            for length in bytes.indices {
                let cut = Array(bytes.prefix(length))
                let codes = [reading.decoding(cut), reading.validating(cut), reading.extracting(cut)]
                if codes != [.malformed, .malformed, .malformed] { Issue.record("\(codes) for \(cut)") }
            }
        }
    }

    @Test("mutated records: a value or a named error, the same from decoder and extractor", arguments: Seeds.all)
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let reading = try Reading()
        var outcomes: [RecordError.Code: Int] = [:]
        for _ in 0..<5_000 {
            var bytes = Value.map(generator.entries(depth: 2, keysOfEveryType: generator.chance(2))).messagePack
            for _ in 0...generator.below(3) { bytes[generator.below(bytes.count)] = generator.mutantByte() }
            let (decoded, validated) = (reading.decoding(bytes), reading.validating(bytes))
            #expect(decoded == .notUTF8 || decoded == validated)
            let extracted = reading.extracting(bytes)
            #expect(extracted == validated || extracted == .notUTF8)
            #expect(decoded != nil || extracted == nil)
            if let decoded { outcomes[decoded, default: 0] += 1 }
        }
        #expect(outcomes[.malformed, default: 0] > 500)
        #expect(outcomes[.notUTF8, default: 0] > 10)
    }
}

extension SeededGenerator {
    /// A byte that often is the head of something else.
    mutating func mutantByte() -> UInt8 {
        chance(2) ? UInt8(truncatingIfNeeded: next()) : UInt8(0x80 + below(0x60))
    }
}

/// What comes of reading some bytes, laid against a fence: nil for success, or the error's code.
final class Reading {
    private let fence: Fence
    private let extractor: EntryExtractor

    init() throws {
        let fields = try ["a", "b", "tags", "address", "city", "emailaddress1", "mail"].map { try FieldPath($0) }
        let rules = fields.map { IndexRule(fields: [$0]) }
        extractor = EntryExtractor(rules: rules, format: .messagePack, schema: Schema())
        fence = try Fence()
    }

    func decoding(_ bytes: [UInt8]) -> RecordError.Code? {
        code(bytes) { _ = try Value(messagePack: $0) }
    }

    func validating(_ bytes: [UInt8]) -> RecordError.Code? {
        code(bytes) { try MessagePack.validate($0) }
    }

    func extracting(_ bytes: [UInt8]) -> RecordError.Code? {
        code(bytes) { bytes in
            var scratch = EntryExtractor.Scratch()
            try extractor.extract(primaryKey: bytes, value: bytes, into: &scratch) { _, entry in
                if !(1...EntryLayout.entryBytesMax ~= entry.byteCount) {
                    Issue.record("entry of \(entry.byteCount) bytes")
                }
            }
        }
    }

    private func code(_ bytes: [UInt8], _ body: (RawSpan) throws -> Void) -> RecordError.Code? {
        do {
            if bytes.count <= Fence.bytesMax { try fence.holding(bytes, body) } else { try body(bytes.span.bytes) }
            return nil
        } catch let error as RecordError {
            return error.code
        } catch {
            Issue.record("not a RecordError: \(error)")
            return nil
        }
    }
}

/// Memory that ends at a page which may not be touched.
final class Fence {
    static let bytesMax = 65_536
    private let start: UnsafeMutableRawPointer
    private let pageBytes = sysconf(Int32(_SC_PAGESIZE))

    struct MappingFailed: Error {}

    init() throws {
        let size = Self.bytesMax + pageBytes
        let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { throw MappingFailed() }
        start = mapped
        guard mprotect(start + Self.bytesMax, pageBytes, PROT_NONE) == 0 else { throw MappingFailed() }
    }

    deinit { munmap(start, Self.bytesMax + pageBytes) }

    /// Calls `body` with the bytes so laid that their end is the edge of the fence.
    func holding(_ bytes: [UInt8], _ body: (RawSpan) throws -> Void) throws {
        let place = UnsafeMutableRawBufferPointer(start: start + Self.bytesMax - bytes.count, count: bytes.count)
        place.copyBytes(from: bytes)
        try body(UnsafeRawBufferPointer(place).bytes)
    }
}
