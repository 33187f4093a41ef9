import Runs
import Testing
import Values

/// Goal: what was written is what is read, whatever the entries and the size of blocks.
@Suite struct RunRoundTripTests {
    @Test(arguments: EntryShape.allCases, [2048, 5000, RunLimits.blockBytes])
    func `entries, contents and summary are read as written`(shape: EntryShape, blockBytes: Int) throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path, blockBytes: blockBytes)
        for count in [0, 1, 2, 100, 3000] {
            let entries = shape.entries(count, &random).sortedDistinct
            let source = try fixture.write(entries)
            #expect(source.summary.digest == digest(of: entries))
            #expect(source.summary.bytes == UInt64(try folder.contents(of: source.summary.file).count))
            #expect(source.summary.file == "r3-a2-i1.run")
            var reader = try fixture.reader(source)
            expectEqual(reader.contents.identity, RunFixture.identity())
            expectEqual(reader.contents.recordsSeen, UInt64(entries.count))
            expectEqual(reader.contents.snapshotTransactions, 5...6)
            expectEqual(reader.contents.firstEntry, entries.first ?? [])
            expectEqual(reader.contents.lastEntry, entries.last ?? [])
            expectEqual(reader.summary, source.summary)
            var read: [[UInt8]] = []
            try reader.collect(into: &read)
            expectTrue(read == entries)
            try expectEqual(reader.next(), false)
            try reader.verify()
        }
    }

    @Test func `a run can be opened without knowing it, and gives the summary that its writer gave`() throws {
        let folder = try TemporaryFolder()
        let source = try RunFixture(folder: folder.path).write([[1], [2]])
        let reader = try RunReader.open(source.path)
        expectEqual(reader.summary, source.summary)
    }

    @Test func `a sorted arena is written as it is`() throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path)
        let entries = EntryShape.numbers.entries(5000, &random).sortedDistinct
        var arena = EntryArena(memoryBytesMax: 1 << 20)
        for entry in entries.shuffled(using: &random) { arena.keep(entry) }
        arena.sort()
        var writer = try fixture.writer()
        var looks = 0
        try writer.append(sorted: arena) { looks += 1 }
        expectEqual(looks, 5)
        expectEqual(writer.count, 5000)
        let summary = try writer.finish(recordsSeen: 7000, snapshotTransactions: 1...1)
        var reader = try RunReader.open(folder.path + "/" + summary.file, expecting: summary)
        var read: [[UInt8]] = []
        try reader.collect(into: &read)
        expectTrue(read == entries)
        expectEqual(reader.contents.recordsSeen, 7000)
    }

    @Test(arguments: EntryShape.allCases)
    func `seeking finds the first greater entry, from anywhere to anywhere`(shape: EntryShape) throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path, blockBytes: 2048)
        let entries = shape.entries(600, &random).sortedDistinct
        var reader = try fixture.reader(fixture.write(entries))
        for target in [[]] + entries.shuffled(using: &random).prefix(200) + shape.entries(100, &random) {
            let expected = entries.firstIndex { isBefore(target, $0) }
            let isThere = try reader.seek(after: target.span.bytes)
            #expect(isThere == (expected != nil))
            guard let expected, isThere else { continue }
            expectEqual(reader.current, entries[expected])
            try expectEqual(reader.next(), (expected + 1 < entries.count))
            if expected + 1 < entries.count { #expect(reader.current == entries[expected + 1]) }
        }
    }

    @Test func `an equal or smaller entry is refused, and the run cannot be finished`() throws {
        let wrong: [([[UInt8]], RunError.Code)] = [
            ([[1, 2], [1, 2]], .equalEntry), ([[1, 2], [1, 1]], .descendingEntry), ([[1, 2], [1]], .descendingEntry),
            ([[2], [1, 9, 9]], .descendingEntry), ([[]], .entrySize),
            ([[UInt8](repeating: 1, count: 512)], .entrySize),
        ]
        for (entries, code) in wrong {
            let folder = try TemporaryFolder()
            let fixture = RunFixture(folder: folder.path)
            #expect(failure { _ = try fixture.write(entries) }?.code == code)
            var writer = try fixture.writer()
            for entry in entries.dropLast() { try writer.append(entry.span.bytes) }
            let last = entries.last ?? []
            expectEqual(failure { try writer.append(last.span.bytes) }?.code, code)
            do {
                _ = try writer.finish(recordsSeen: 0, snapshotTransactions: 1...1)
                Issue.record("a run with refused entries was finished")
            } catch {
                #expect(error.code == code)
            }
            #expect(!folder.exists("r3-a2-i1.run") && !folder.exists("r3-a2-i1.run.tmp"))
        }
    }

    @Test func `order is checked across blocks too`() throws {
        let folder = try TemporaryFolder()
        let long = [UInt8](repeating: 5, count: 511)
        let ascending = (0..<20).map { [UInt8($0)] + long.dropLast() }
        var writer = try RunFixture(folder: folder.path, blockBytes: 2048).writer()
        for entry in ascending { try writer.append(entry.span.bytes) }
        for entry in ascending {
            expectTrue(failure { try writer.append(entry.span.bytes) } != nil)
        }
        try writer.abandon()
    }

    @Test func `a run's memory is its window, whatever its length`() throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path, blockBytes: 4096)
        let entries = EntryShape.numbers.entries(20_000, &random).sortedDistinct
        let reader = try fixture.reader(fixture.write(entries))
        expectTrue(reader.memoryBytes < 4096 + 600 + 128 * 50)
    }
}
