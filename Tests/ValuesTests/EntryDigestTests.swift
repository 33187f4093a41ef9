import Testing
import Values

/// Goal: two sides with the same entries have the same digest, however the entries were ordered or divided.
struct EntryDigestTests {
    static func digest(_ entries: some Sequence<[UInt8]>) -> EntryDigest {
        var digest = EntryDigest.zero
        for entry in entries { digest.add(entry: entry.span.bytes) }
        return digest
    }

    @Test("order does not matter, parts add up", arguments: Seeds.all)
    func sums(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = try (0..<500).map { _ in try generator.entry().bytes }
        let whole = Self.digest(entries)
        #expect(whole.count == 500)
        #expect(Self.digest(entries.shuffled(using: &generator)) == whole)
        let cut = generator.below(500)
        #expect(Self.digest(entries[..<cut]) + Self.digest(entries[cut...]) == whole)
        var sum = EntryDigest.zero
        sum += whole
        #expect(sum == whole)
    }

    @Test("a missing, another or a doubled entry shows")
    func differences() {
        let digest = Self.digest([[1], [2]])
        #expect(digest != Self.digest([[1]]))
        #expect(digest != Self.digest([[1], [3]]))
        #expect(digest != Self.digest([[1], [2], [2]]))
        #expect(Self.digest([[1], [1]]) != Self.digest([[2], [2]]))
    }

    @Test("the sum carries from its low into its high half and wraps at the top")
    func carry() {
        let almost = EntryDigest(count: .max, low: .max, high: .max)
        let one = EntryDigest(count: 1, low: 1, high: 0)
        #expect(almost + one == .zero)
    }

    @Test("one entry's digest is its XXH3-128")
    func known() {
        let digest = Self.digest([[UInt8](repeating: 0x61, count: 256)])
        let bytes = [digest.high, digest.low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
        #expect(bytes == EntryLayoutTests.xxh3Of256LettersA)
    }
}
