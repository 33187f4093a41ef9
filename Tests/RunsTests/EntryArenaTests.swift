import Runs
import Testing

/// Goal: the arena's order is the order of bytes, for every shape of entries.
///
/// Method: against the library's sort.
@Suite struct EntryArenaTests {
    @Test(arguments: EntryShape.allCases)
    func `sorting gives the reference order, equal entries counted`(shape: EntryShape) {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        var arena = EntryArena(memoryBytesMax: 8 << 20)
        for count in [0, 1, 2, 3, 8, 9, 20, 21, 22, 300, 511, 512, 513, 5000] {
            arena.removeAll()
            let entries = shape.entries(count, &random)
            for entry in entries { arena.keep(entry) }
            expectEqual(arena.all, entries)
            expectEqual(arena.sort(), entries.count - Set(entries).count)
            expectEqual(arena.all, entries.sorted(by: isBefore))
        }
    }

    @Test(arguments: [50, 5_000, 50_000])
    func `a sort of many looks up often, whether their keys are few or many`(keys: Int) {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let heads = (0..<keys).map { _ in random.bytes(24) }
        var arena = EntryArena(memoryBytesMax: 8 << 20)
        for number in 0..<50_000 {
            let tail = withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) }
            arena.keep(heads[number % keys] + tail, tail: 8)
        }
        var looks = 0
        arena.sort { looks += 1 }
        #expect(looks >= 40 && looks < 5_000)
    }

    @Test(arguments: [64, 3000])
    func `sorted, reversed, organ-piped, repeated and stepped arrivals are sorted`(count: Int) {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let sorted = EntryShape.any.entries(count, &random).sorted(by: isBefore)
        let few = EntryShape.any.entries(3, &random)
        let half = sorted.count / 2
        let arrivals: [[[UInt8]]] = [
            sorted, sorted.reversed(), sorted[..<half] + sorted[..<half].reversed(),
            (0..<count).map { few[$0 % 3] }, (0..<count).map { sorted[$0 * 7 % count] },
            [[UInt8]](repeating: [9, 9], count: count),
        ]
        for entries in arrivals {
            var arena = EntryArena(memoryBytesMax: 1 << 20)
            for entry in entries { arena.keep(entry) }
            expectEqual(arena.sort(), entries.count - Set(entries).count)
            expectEqual(arena.all, entries.sorted(by: isBefore))
        }
    }

    @Test func `entries whose ends come in order are sorted by what is before, whatever stands beside them`() {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        for (heads, length) in [(1, 2), (5, 1), (40, 3), (40, 8), (300, 14), (20, 40)] {
            // No head begins another one or its entries: the last byte of each stands nowhere else in it.
            // Every other one differs from some behind more bytes than are compared at once.
            let stem = random.bytes(12, of: 0...3)
            let some = (0..<heads).map { place in
                (place % 2 == 0 ? [] : stem) + random.bytes(Int.random(in: 1...length, using: &random), of: 0...3) + [9]
            }
            for withoutTail in [0, 1, 500] {
                var arena = EntryArena(memoryBytesMax: 8 << 20)
                var entries: [[UInt8]] = []
                for number in 0..<3_000 {
                    let head = some.randomElement(using: &random) ?? []
                    let isKnown = Int.random(in: 0..<1_000, using: &random) >= withoutTail
                    // Those that nothing is known of come in any order.
                    let first = isKnown ? [] : random.bytes(1)
                    let tail = first + [UInt8(number >> 8), UInt8(number & 255)] + random.bytes(number % 5)
                    arena.keep(head + tail, tail: isKnown ? tail.count : 0)
                    entries.append(head + tail)
                }
                expectEqual(arena.sort(), entries.count - Set(entries).count)
                expectEqual(arena.all, entries.sorted(by: isBefore))
            }
        }
    }

    @Test func `a common prefix of all entries is known and does not disturb the order`() {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        for prefix in [0, 1, 7, 8, 9, 100, 480] {
            var arena = EntryArena(memoryBytesMax: 2 << 20)
            let shared = random.bytes(prefix)
            var entries = (0..<1000).map { number in shared + [UInt8(number & 1) * 255] + random.bytes(20) }
            entries.append(shared + [0])
            for entry in entries { arena.keep(entry) }
            expectEqual(arena.commonPrefixBytes, prefix)
            arena.sort()
            expectEqual(arena.all, entries.sorted(by: isBefore))
        }
    }

    @Test func `an arena never holds more memory than its bound, and says when it is full`() {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        for bound in [4096, 5000, 100_000, 1_000_000] {
            var arena = EntryArena(memoryBytesMax: bound)
            var kept: [[UInt8]] = []
            while true {
                let entry = EntryShape.any.entry(&random)
                guard arena.append(entry.span.bytes) else { break }
                kept.append(entry)
            }
            expectTrue(arena.entryBytes + 16 * arena.count <= bound)
            expectTrue(arena.entryBytes + 16 * arena.count > bound - 100)
            expectEqual(arena.all, kept)
            arena.sort()
            expectEqual(arena.all, kept.sorted(by: isBefore))
        }
    }

    @Test func `an emptied arena has room again and keeps nothing`() {
        var arena = EntryArena(memoryBytesMax: 1 << 20)
        let entry: [UInt8] = [1, 2, 3, 4]
        while arena.append(entry.span.bytes) {}
        arena.removeAll()
        expectTrue(arena.isEmpty && arena.entryBytes == 0)
        arena.keep([5])
        expectEqual(arena.commonPrefixBytes, 1)
        expectEqual(arena.all, [[5]])
    }

    @Test func `entries appended after a sort follow the sorted ones, and the next sort orders all`() {
        var arena = EntryArena(memoryBytesMax: 1 << 20)
        for entry: [UInt8] in [[3], [1], [2]] { arena.keep(entry) }
        arena.sort()
        arena.keep([0])
        expectEqual(arena.all, [[1], [2], [3], [0]])
        expectEqual(arena.sort(), 0)
        expectEqual(arena.all, [[0], [1], [2], [3]])
    }

    @Test func `some places show their entries in order, sorted or as they came`() throws {
        var arena = EntryArena(memoryBytesMax: 1 << 20)
        for entry: [UInt8] in [[3], [1], [2]] { arena.keep(entry) }
        func entries(_ places: Range<Int>, of arena: borrowing EntryArena) throws -> [[UInt8]] {
            var seen: [[UInt8]] = []
            try arena.forEach(in: places) { entry in seen.append(entry.withUnsafeBytes { Array($0) }) }
            return seen
        }
        expectEqual(try entries(1..<3, of: arena), [[1], [2]])
        expectEqual(try entries(3..<3, of: arena), [])
        arena.sort()
        expectEqual(try entries(0..<2, of: arena), [[1], [2]])
    }

    @Test func `places behind the last entry trap`() async {
        await #expect(processExitsWith: .failure) {
            var arena = EntryArena(memoryBytesMax: 1 << 20)
            arena.keep([1])
            try arena.forEach(in: 0..<2) { _ in }
        }
    }

    @Test func `an entry without bytes traps`() async {
        await #expect(processExitsWith: .failure) {
            var arena = EntryArena(memoryBytesMax: 1 << 20)
            arena.keep([])
        }
    }

    @Test func `an entry of 512 bytes traps`() async {
        await #expect(processExitsWith: .failure) {
            var arena = EntryArena(memoryBytesMax: 1 << 20)
            arena.keep([UInt8](repeating: 1, count: 512))
        }
    }
}
