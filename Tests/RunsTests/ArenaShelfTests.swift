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
        for salt in UInt8(1)...4 {
            #expect(shelf.keptBytes == (salt == 1 ? 0 : 4 << 20))
            var arena = EntryArena(memoryBytesMax: 4 << 20, from: shelf)
            #expect(shelf.keptBytes == 0)
            expectEqual(arena.isEmpty, true)
            let entries = Self.entries(20_000, salt)
            for entry in entries { arena.keep(entry) }
            arena.sort()
            expectEqual(arena.all, entries.sorted(by: isBefore))
        }
        #expect(shelf.keptBytes == 4 << 20)
        shelf.clear()
        #expect(shelf.keptBytes == 0)
    }

    @Test("two arenas at work never have the same memory, nor one of another size")
    func apart() {
        let shelf = ArenaShelf(bytesMax: 8 << 20)
        do { _ = EntryArena(memoryBytesMax: 1 << 20, from: shelf) }
        var small = EntryArena(memoryBytesMax: 1 << 19, from: shelf)
        var one = EntryArena(memoryBytesMax: 1 << 20, from: shelf)
        var other = EntryArena(memoryBytesMax: 1 << 20, from: shelf)
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
        var lent = [shelf.lend(1 << 20), shelf.lend(1 << 20)]
        for memory in lent { shelf.giveBack(memory) }
        #expect(shelf.keptBytes == 2 << 20)
        // Nothing that is kept has the size: one of the two goes, to make room.
        lent = [shelf.lend(2 << 20)]
        #expect(shelf.keptBytes == 1 << 20)
        // More than the bound, since somebody needs it: nothing is kept beside it, nor of it.
        let more = shelf.lend(3 << 20)
        #expect(shelf.keptBytes == 0)
        shelf.giveBack(more)
        #expect(shelf.keptBytes == 0)
        shelf.giveBack(lent.removeFirst())
        #expect(shelf.keptBytes == 2 << 20)
    }
}
