import Testing

@testable import Runs

/// Goal: memory goes from arena to arena within its bound, and an arena on used memory is as one on fresh memory.
/// Method: arenas of one shelf, one after the other and side by side; what they hold against the entries put in.
@Suite("The shelf of arenas' memory") struct ArenaShelfTests {
    /// Entries that look like nothing that memory may hold by chance.
    private static func entries(_ count: Int, _ salt: UInt8) -> [[UInt8]] {
        (0..<count).map { [salt, UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0 &* 37)] }
    }

    @Test("an arena takes up what the one before gave back, and holds only its own entries")
    func again() {
        let shelf = ArenaShelf(bytesMax: 8 << 20)
        var memory = 0
        for salt in UInt8(1)...4 {
            var arena = EntryArena(memoryBytesMax: 4 << 20, from: shelf)
            if salt > 1 { expectEqual(arena.memoryBytes, memory) }
            expectEqual(arena.isEmpty, true)
            let entries = Self.entries(20_000, salt)
            for entry in entries { arena.keep(entry) }
            arena.sort()
            expectEqual(arena.all, entries.sorted(by: isBefore))
            memory = arena.memoryBytes
        }
        #expect(memory > 256 << 10)
        #expect(shelf.keptBytes == memory)
        shelf.clear()
        #expect(shelf.keptBytes == 0)
    }

    @Test("an arena never gets more than its own bound, and two never the same memory")
    func bounds() {
        let shelf = ArenaShelf(bytesMax: 8 << 20)
        do {
            var large = EntryArena(memoryBytesMax: 4 << 20, from: shelf)
            for entry in Self.entries(30_000, 1) { large.keep(entry) }
            expectEqual(large.memoryBytes > 512 << 10, true)
        }
        var small = EntryArena(memoryBytesMax: 512 << 10, from: shelf)
        var one = EntryArena(memoryBytesMax: 4 << 20, from: shelf)
        var other = EntryArena(memoryBytesMax: 4 << 20, from: shelf)
        expectEqual(small.memoryBytes <= 512 << 10, true)
        let (few, mine, theirs) = (Self.entries(100, 1), Self.entries(100, 2), Self.entries(100, 3))
        for place in 0..<100 {
            small.keep(few[place])
            one.keep(mine[place])
            other.keep(theirs[place])
        }
        expectEqual(small.all, few)
        expectEqual(one.all, mine)
        expectEqual(other.all, theirs)
    }

    @Test("what is lent and what is kept come to no more than the bound")
    func total() {
        let shelf = ArenaShelf(bytesMax: 3 << 20)
        var lent = [shelf.lend(atLeast: 1 << 20, atMost: 1 << 20), shelf.lend(atLeast: 1 << 20, atMost: 1 << 20)]
        for memory in lent { shelf.giveBack(memory) }
        #expect(shelf.keptBytes == 2 << 20)
        // Nothing that is kept is large enough: one of the two goes, to make room.
        lent = [shelf.lend(atLeast: 2 << 20, atMost: 2 << 20)]
        #expect(shelf.keptBytes == 1 << 20)
        // Of what comes back only so much is kept.
        let more = shelf.lend(atLeast: 3 << 20, atMost: 3 << 20)
        #expect(shelf.keptBytes == 0)
        shelf.giveBack(more)
        #expect(shelf.keptBytes == 0)
        shelf.giveBack(lent.removeFirst())
        #expect(shelf.keptBytes == 2 << 20)
    }
}
