import Runs
import Synchronization
import Testing
import Values

/// Goal: the merge of any runs is the sorted union, from any start.
///
/// Method: against the library's sort.
@Suite struct RunMergerTests {
    /// Distinct entries dealt out to runs at random, so that some runs stay empty.
    private static func deal(
        _ entries: [[UInt8]], runs: Int, _ fixture: RunFixture, _ random: inout SeededRandom
    ) throws -> [RunSource] {
        var hands = [[[UInt8]]](repeating: [], count: runs)
        for entry in entries where runs > 0 { hands[Int.random(in: 0..<runs, using: &random)].append(entry) }
        return try hands.enumerated().map { try fixture.write($0.element, range: UInt64($0.offset)) }
    }

    @Test(arguments: EntryShape.allCases, [1, 2, 3, 7, 38])
    func `a merge is the sorted union`(shape: EntryShape, runs: Int) throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path, blockBytes: 2048)
        for count in [0, 1, 40, 2500] {
            let entries = shape.entries(count, &random).sortedDistinct
            let sources = try Self.deal(entries, runs: runs, fixture, &random)
            var merger = try RunMerger(sources)
            var merged: [[UInt8]] = []
            try merger.collect(into: &merged)
            expectTrue(merged == entries)
            try expectEqual(merger.next(), false)
        }
    }

    @Test func `a merge of no runs is empty`() throws {
        var merger = try RunMerger([])
        try expectEqual(merger.next(), false)
        var batch = EntryArena(memoryBytesMax: 4096)
        try expectEqual(merger.fill(&batch), false)
        expectTrue(batch.isEmpty)
    }

    @Test func `a merge of 1,000 runs holds one descriptor at a time and a bounded memory`() throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let descriptors = DescriptorCount()
        var fixture = RunFixture(folder: folder.path)
        let entries = EntryShape.numbers.entries(30_000, &random).sortedDistinct
        let sources = try Self.deal(entries, runs: 1000, fixture, &random)
        fixture.calls = descriptors.calls
        var merger = try RunMerger(sources, memoryBytesMax: 1 << 20, calls: fixture.calls)
        var merged: [[UInt8]] = []
        try merger.collect(into: &merged)
        expectTrue(merged == entries)
        #expect(descriptors.most == 1)
        expectTrue(merger.memoryBytes < 1000 * (RunLimits.windowBytesMin + 700) + (1 << 17))
    }

    @Test(arguments: EntryShape.allCases)
    func `runs whose blocks are longer than their windows are merged all the same`(shape: EntryShape) throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path)
        let entries = shape.entries(6000, &random).sortedDistinct
        let sources = try Self.deal(entries, runs: 3, fixture, &random)
        var merger = try RunMerger(sources, memoryBytesMax: 0)
        var merged: [[UInt8]] = []
        try merger.collect(into: &merged)
        expectTrue(merged == entries)
    }

    @Test(arguments: [RunLimits.mergeBytes, 0])
    func `a merge that is the last gives back the memory of what it passed, and nothing ahead of it`(
        memoryBytesMax: Int
    ) throws {
        let folder = try TemporaryFolder()
        var fixture = RunFixture(folder: folder.path)
        // Two runs of 1.5 MB each, entries alternating, too different to be stored short.
        let entries = (0..<6_000).map { number in
            withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) } + [UInt8](repeating: 7, count: 500)
        }
        let sources = try (0..<2).map { run in
            try fixture.write(entries.indices.filter { $0 % 2 == run }.map { entries[$0] }, range: UInt64(run))
        }
        // One file is open at a time.
        let log = Mutex<(path: String, calls: [String: [Use]])>(("", [:]))
        fixture.calls.open = { path in
            log.withLock { $0.path = path }
            return FileCalls.system.open(path)
        }
        fixture.calls.read = { descriptor, buffer, offset in
            let use = Use(isForgotten: false, bytes: offset..<offset + UInt64(buffer.count))
            log.withLock { $0.calls[$0.path, default: []].append(use) }
            return FileCalls.system.read(descriptor, buffer, offset)
        }
        fixture.calls.forget = { _, offset, count in
            let use = Use(isForgotten: true, bytes: offset..<offset + count)
            log.withLock { $0.calls[$0.path, default: []].append(use) }
        }
        for isForgetting in [false, true] {
            log.withLock { $0.calls = [:] }
            var merger = try RunMerger(
                sources, memoryBytesMax: memoryBytesMax, isForgetting: isForgetting, calls: fixture.calls)
            var merged: [[UInt8]] = []
            try merger.collect(into: &merged)
            expectTrue(merged == entries)
            for source in sources {
                let all = try #require(log.withLock { $0.calls[source.path] })
                let places = all.indices.filter { all[$0].isForgotten }
                guard isForgetting else {
                    #expect(places.isEmpty)
                    continue
                }
                let forgotten = places.map { all[$0].bytes }
                #expect(forgotten.count >= 2 && forgotten.first?.lowerBound == 0)
                #expect(zip(forgotten, forgotten.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
                #expect(try #require(forgotten.last).upperBound > source.summary.bytes / 2)
                for place in places {
                    let later = all[place...].filter { !$0.isForgotten }
                    #expect(later.allSatisfy { $0.bytes.lowerBound >= all[place].bytes.upperBound })
                }
            }
        }
    }

    /// What was done with bytes of a run.
    private struct Use {
        let isForgotten: Bool
        let bytes: Range<UInt64>
    }

    @Test(arguments: EntryShape.allCases, [2, 5])
    func `a merge resumes after every entry, and after what is no entry`(shape: EntryShape, runs: Int) throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path, blockBytes: 2048)
        let entries = shape.entries(150, &random).sortedDistinct
        let sources = try Self.deal(entries, runs: runs, fixture, &random)
        for start in entries + shape.entries(50, &random) {
            var merger = try RunMerger(sources, after: start)
            var merged: [[UInt8]] = []
            try merger.collect(into: &merged)
            expectTrue(merged == entries.filter { isBefore(start, $0) })
        }
    }

    @Test func `batches hold every entry once, in order, also with single steps between them`() throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path)
        let entries = EntryShape.any.entries(3000, &random).sortedDistinct
        let sources = try Self.deal(entries, runs: 4, fixture, &random)
        var merger = try RunMerger(sources)
        var batch = EntryArena(memoryBytesMax: 4096)
        var merged: [[UInt8]] = []
        var isMore = true
        var batches = 0
        while isMore {
            isMore = try merger.fill(&batch)
            merged += batch.all
            batch.removeAll()
            batches += 1
            guard isMore && batches % 3 == 0 else { continue }
            try expectTrue(merger.next())
            merged.append(merger.withEntry { entry in entry.withUnsafeBytes { bytes in [UInt8](bytes) } })
        }
        #expect(batches > 10)
        expectTrue(merged == entries)
    }

    @Test("O3: an entry that two runs hold is an error that names both", arguments: EntryShape.allCases)
    func equalEntries(shape: EntryShape) throws {
        var random = SeededRandom(seed: SeededRandom.printedSeed())
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path, blockBytes: 2048)
        for _ in 0..<20 {
            let entries = shape.entries(60, &random).sortedDistinct
            var hands = [[[UInt8]]](repeating: [], count: 5)
            for entry in entries { hands[Int.random(in: 0..<5, using: &random)].append(entry) }
            let twice = try #require(entries.randomElement(using: &random))
            let owner = try #require(hands.firstIndex { $0.contains(twice) })
            let other = (owner + Int.random(in: 1..<5, using: &random)) % 5
            hands[other] = (hands[other] + [twice]).sortedDistinct
            let sources = try hands.enumerated().map { try fixture.write($0.element, range: UInt64($0.offset)) }
            var merged: [[UInt8]] = []
            let error = failure {
                var merger = try RunMerger(sources)
                try merger.collect(into: &merged)
            }
            #expect(error?.code == .equalEntry && error?.isDamage == false)
            let text = error?.description ?? ""
            #expect(text.contains(sources[owner].path) && text.contains(sources[other].path))
            expectTrue(merged == [[UInt8]](entries.prefix(merged.count)))
        }
    }

    @Test func `a run that is missing or not the one reported fails the merge before its first entry`() throws {
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path)
        let good = try fixture.write([[1], [3]], range: 1)
        let other = try fixture.write([[2]], range: 2)
        let missing = RunSource(path: folder.path + "/r9-a1-i0.run", summary: good.summary)
        #expect(failure { _ = try RunMerger([good, missing]) }?.code == .missing)
        let swapped = RunSource(path: other.path, summary: good.summary)
        #expect(failure { _ = try RunMerger([good, swapped]) }?.isDamage == true)
        let claimed = RunSource(path: good.path, summary: good.summary, identity: RunFixture.identity(range: 2))
        #expect(failure { _ = try RunMerger([claimed]) }?.code == .wrongRun)
    }
}

/// Counts the descriptors that are open at once.
private final class DescriptorCount: Sendable {
    private let counts = Mutex((open: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    var calls: FileCalls {
        var calls = RunFixture.unsynced
        calls.open = { path in
            let descriptor = FileCalls.system.open(path)
            self.counts.withLock { counts in
                counts.open += descriptor >= 0 ? 1 : 0
                counts.most = max(counts.most, counts.open)
            }
            return descriptor
        }
        calls.close = { descriptor in
            self.counts.withLock { $0.open -= 1 }
            return FileCalls.system.close(descriptor)
        }
        return calls
    }
}
