import Testing
import Values

/// Goal: cutting keeps entries within LMDB's limit, in order and readable.
///
/// Method: keys around every limit, generated pairs.
struct EntryLayoutTests {
    struct Entry {
        var values: [Value]
        var indexKey: [UInt8]
        var primaryKey: [UInt8]
        var bytes: [UInt8]

        init(_ values: [Value], primaryKey: [UInt8]) throws {
            self.values = values
            self.primaryKey = primaryKey
            let indexKey = try KeyEncoding.indexKey(values)
            self.indexKey = indexKey
            var joined: [UInt8] = []
            EntryLayout.appendEntry(indexKey: indexKey.span.bytes, primaryKey: primaryKey.span.bytes, to: &joined)
            bytes = joined
        }

        var parts: EntryLayout.Parts {
            get throws { try EntryLayout.split(entry: bytes.span.bytes, components: values.count) }
        }
    }

    static func isPart(_ part: [UInt8], of primaryKey: [UInt8]) -> Bool {
        EntryLayout.isPart(part.span.bytes, of: primaryKey.span.bytes)
    }

    /// An encoded string component of exactly `length` bytes.
    static func string(encodedTo length: Int) -> Value { .string(String(repeating: "k", count: length - 3)) }

    @Test("index keys up to 255 bytes are whole, longer ones are cut there", arguments: [254, 255, 256, 257, 600])
    func cutIndexKey(length: Int) throws {
        let entry = try Entry([Self.string(encodedTo: length)], primaryKey: [0x50, 0x61])
        #expect(entry.indexKey.count == length)
        #expect(try entry.parts.isKeyCut == (length > 255))
        #expect(try entry.parts.indexKeyLength == min(length, 255))
        #expect(entry.bytes == entry.indexKey.prefix(255) + [0x50, 0x61])
    }

    @Test(
        "primary keys up to 255 bytes are whole, longer ones are 240 bytes and a hash", arguments: [1, 255, 256, 511])
    func cutPrimaryKey(length: Int) throws {
        let primaryKey = [0x60] + [UInt8](repeating: 7, count: length - 1)
        let entry = try Entry([.int(1)], primaryKey: primaryKey)
        let part = Array(entry.bytes.dropFirst(entry.indexKey.count))
        #expect(part.count == (length > 255 ? 256 : length))
        #expect(part.prefix(240) == primaryKey.prefix(240))
        #expect(try entry.parts.isPrimaryKeyCut == (length > 255))
        #expect(Self.isPart(part, of: primaryKey))
        let other = Array(primaryKey.dropLast()) + [8]
        #expect(!Self.isPart(part, of: other))
    }

    @Test("the cut hash is XXH3-128, big-endian")
    func knownHash() throws {
        let primaryKey = [UInt8](repeating: 0x61, count: 256)
        var part: [UInt8] = []
        EntryLayout.appendPrimaryKeyPart(primaryKey.span.bytes, to: &part)
        #expect(part.suffix(16) == Self.xxh3Of256LettersA)
    }

    /// What libxxhash itself gives for 256 letters a.
    static let xxh3Of256LettersA: [UInt8] = [
        0x81, 0x73, 0x02, 0x96, 0xE6, 0x94, 0xD8, 0x7F,
        0x3F, 0xDB, 0x4F, 0xF1, 0x84, 0x6C, 0x90, 0xF3,
    ]

    @Test("no entry is longer than 511 bytes, and the longest one is")
    func longest() throws {
        let entry = try Entry([Self.string(encodedTo: 400)], primaryKey: [UInt8](repeating: 0x60, count: 511))
        #expect(entry.bytes.count == EntryLayout.entryBytesMax)
        #expect(
            try entry.parts
                == Entry([Self.string(encodedTo: 300)], primaryKey: [UInt8](repeating: 0x60, count: 300)).parts)
    }

    @Test("every entry splits exactly where it was joined", arguments: Seeds.all)
    func split(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var cut = 0
        for _ in 0..<2_000 {
            let entry = try generator.entry()
            let parts = try entry.parts
            #expect(parts.indexKeyLength == min(entry.indexKey.count, 255))
            #expect(parts.isKeyCut == (entry.indexKey.count > 255))
            #expect(parts.isPrimaryKeyCut == (entry.primaryKey.count > 255))
            let part = Array(entry.bytes.dropFirst(parts.indexKeyLength))
            #expect(Self.isPart(part, of: entry.primaryKey))
            cut += parts.isKeyCut ? 1 : 0
        }
        #expect(cut > 50)
    }

    @Test("cut or whole, entries never sort against their values", arguments: Seeds.all)
    func order(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var equalAfterCutting = 0
        for _ in 0..<2_000 {
            let (a, b) = (try generator.entry(), try generator.entry())
            guard a.values.count == b.values.count, a.values != b.values else { continue }
            let (x, y) = (a.bytes.prefix(try a.parts.indexKeyLength), b.bytes.prefix(try b.parts.indexKeyLength))
            if x == y {
                let areCut = try a.parts.isKeyCut && b.parts.isKeyCut
                #expect(areCut)
                equalAfterCutting += 1
            } else {
                let isBefore = a.values.lexicographicallyPrecedes(b.values)
                #expect(a.bytes.lexicographicallyPrecedes(b.bytes) == isBefore)
            }
        }
        #expect(equalAfterCutting > 0)
    }

    @Test("bytes that no entry can have are refused", arguments: Seeds.all)
    func damaged(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = try generator.entry().bytes
            bytes.removeLast(generator.below(bytes.count + 1))
            if !bytes.isEmpty { bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next()) }
            do {
                let parts = try EntryLayout.split(entry: bytes.span.bytes, components: 2)
                #expect(1...256 ~= bytes.count - parts.indexKeyLength)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 200)
        #expect(throws: KeyError(.truncated, offset: 1)) {
            try EntryLayout.split(entry: ([0x10] as [UInt8]).span.bytes, components: 1)
        }
        #expect(throws: KeyError(.unknownTag(0x99))) {
            try EntryLayout.split(entry: ([0x99, 1] as [UInt8]).span.bytes, components: 1)
        }
    }
}

extension SeededGenerator {
    /// An entry of one or two fields, its keys short or around the limits.
    mutating func entry() throws -> EntryLayoutTests.Entry {
        let values = (0...below(2)).map { _ in chance(8) ? EntryLayoutTests.string(encodedTo: 253 + below(9)) : scalar()
        }
        let length = pick([1, 2, 9, 254, 255, 256, 257, 511])
        let primaryKey = [0x60] + (1..<max(length, 2)).map { _ in UInt8(below(2)) }
        return try EntryLayoutTests.Entry(values, primaryKey: primaryKey)
    }
}
