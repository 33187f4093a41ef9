// Goal: the proof finds every way in which stored rows do not add up.
// Method: a set of rows that is proved, and each single change that must make it doubted.

import Backfill
import Testing
import Values

@Suite("The proof")
struct ProofTests {
    private let owner = Incarnation(
        host: "h", bootID: "b", pid: 1, startTicks: 1, startedAt: Instant(milliseconds: 0),
        nonce: Nonce(high: 1, low: 1))

    private func run(_ entries: ClosedRange<UInt8>) -> RunSummary {
        var digest = EntryDigest.zero
        for entry in entries { digest.add(entry: [entry].span.bytes) }
        return RunSummary(file: "r", bytes: 1, digest: digest, checksum: 1)
    }

    private func range(_ id: RangeID, _ start: UInt8?, _ end: UInt8?, _ entries: ClosedRange<UInt8>) -> RangeRow {
        let interval = KeyInterval(start: start.map { Key([$0]) }, end: end.map { Key([$0]) })
        var row = RangeRow(job: 1, id: id, interval: interval, records: 1)
        row.state = .scanned
        row.attempt = 1
        row.epoch = 1
        row.owner = owner
        row.runs = [run(entries)]
        row.snapshotMax = 5
        return row
    }

    private var ranges: [RangeRow] {
        [range(1, 10, 20, 10...19), range(0, nil, 10, 0...9), range(2, 20, nil, 20...29)]
    }

    private var build: BuildRow {
        var build = BuildRow(job: 1, index: 0)
        build.stage = .drained
        build.digest = run(0...29).digest
        return build
    }

    private func doubts(_ change: (inout [RangeRow], inout BuildRow) -> Void) -> [Proof.Doubt] {
        var ranges = ranges
        var build = build
        change(&ranges, &build)
        return Proof.doubts(index: 0, ranges: ranges, build: build, transaction: 6)
    }

    @Test("rows that add up are proved, in any order")
    func proved() {
        #expect(doubts { _, _ in }.isEmpty)
        #expect(doubts { ranges, _ in ranges.reverse() }.isEmpty)
    }

    @Test("P7: a missing first, middle or last range, or none at all, is doubted")
    func missingRanges() {
        for id in RangeID(0)...2 {
            #expect(!doubts { ranges, _ in ranges.removeAll { $0.id == id } }.isEmpty)
        }
        #expect(doubts { ranges, _ in ranges = [] }.contains(.noRanges))
    }

    @Test("O4: overlapping, doubled and displaced ranges are doubted")
    func overlaps() {
        #expect(!doubts { ranges, _ in ranges[0].interval.end = Key([21]) }.isEmpty)
        #expect(!doubts { ranges, _ in ranges[0].interval.end = Key([19]) }.isEmpty)
        #expect(!doubts { ranges, _ in ranges[1].interval.end = nil }.isEmpty)
        #expect(!doubts { ranges, _ in ranges[2].interval.start = nil }.isEmpty)
        #expect(!doubts { ranges, _ in ranges.append(ranges[0]) }.isEmpty)
        #expect(!doubts { ranges, _ in ranges[2].interval.end = Key([30]) }.isEmpty)
    }

    @Test("S1: a range in any state but scanned is doubted", arguments: [RangeRow.State.pending, .leased, .failed])
    func unscanned(state: RangeRow.State) {
        #expect(doubts { ranges, _ in ranges[1].state = state }.contains(.unscanned(range: 0, state: state)))
    }

    @Test("a range without a run, or without an owner, is doubted")
    func incompleteRows() {
        #expect(doubts { ranges, _ in ranges[1].runs = [nil] }.contains(.noRun(range: 0)))
        #expect(doubts { ranges, _ in ranges[1].runs = [] }.contains(.noRun(range: 0)))
        #expect(doubts { ranges, _ in ranges[1].owner = nil }.contains(.noOwner(range: 0)))
        #expect(doubts { ranges, _ in ranges[1].attempt = 0 }.contains(.noOwner(range: 0)))
    }

    @Test("S1: an index that is not drained, or whose entries differ from its runs, is doubted")
    func loads() {
        for stage in [BuildRow.Stage.waiting, .loading, .loaded, .draining, .published, .blocked, .cancelled] {
            #expect(doubts { _, build in build.stage = stage }.contains(.notLoaded(stage: stage)))
        }
        #expect(doubts { _, build in build.digest = nil }.contains(.notLoaded(stage: .drained)))
        #expect(!doubts { _, build in build.digest = run(0...28).digest }.isEmpty)
        // As many entries, but other ones.
        #expect(!doubts { _, build in build.digest = run(1...30).digest }.isEmpty)
    }

    @Test("P3: a run that stands on a snapshot which the environment has lost is doubted")
    func rolledBack() {
        #expect(doubts { ranges, _ in ranges[1].snapshotMax = 7 }.contains(.fromTheFuture(range: 0)))
    }
}
