public import Values

/// The facts that make an index complete. Computed from stored rows alone, in the transaction that publishes.
///
/// The proof looks at nothing that the splitter, the leases or the loader believe: it takes the rows as they stand in
/// the ledger and asks whether they add up.
public enum Proof {
    /// One reason why an index is not proved complete.
    public enum Doubt: Hashable, Sendable {
        /// The job has no range at all.
        case noRanges
        /// A range is not scanned.
        case unscanned(range: RangeID, state: RangeRow.State)
        /// Keys before the first range are covered by none.
        case missingStart(Key)
        /// Keys after the last range are covered by none.
        case missingEnd(Key)
        /// Between two ranges lie keys that no range covers, or that two cover.
        case gapOrOverlap(after: RangeID, before: RangeID)
        /// A scanned range has no run for this index.
        case noRun(range: RangeID)
        /// A scanned range does not say who scanned it, under which attempt.
        case noOwner(range: RangeID)
        /// The index has not been loaded and read back.
        case notLoaded(stage: BuildRow.Stage)
        /// What was read back differs from what the runs hold.
        case digestDiffers(loaded: EntryDigest, runs: EntryDigest)
        /// A run stands on a snapshot that this environment has not reached: it was rolled back.
        case fromTheFuture(range: RangeID)
    }

    /// Every reason to doubt that index number `index` of the job is complete; empty when it is proved.
    ///
    /// - Parameters:
    ///   - index: the index's place in the job.
    ///   - ranges: all ranges of the job, in any order.
    ///   - build: the row of the index.
    ///   - transaction: the id of the transaction in which the rows were read.
    public static func doubts(
        index: Int, ranges: [RangeRow], build: BuildRow, transaction: UInt64
    ) -> [Doubt] {
        var doubts = tilingDoubts(ranges)
        var sum = EntryDigest.zero
        for range in ranges {
            doubts += rangeDoubts(range, index: index, transaction: transaction)
            if let run = run(of: range, index: index) { sum = sum + run.digest }
        }
        guard let digest = build.digest, build.stage == .drained else {
            return doubts + [.notLoaded(stage: build.stage)]
        }
        if digest != sum { doubts.append(.digestDiffers(loaded: digest, runs: sum)) }
        return doubts
    }

    /// Reasons to doubt that the ranges cover every key exactly once.
    public static func tilingDoubts(_ ranges: [RangeRow]) -> [Doubt] {
        let sorted = ranges.sorted { precedes($0.interval, $1.interval) }
        guard let first = sorted.first, let last = sorted.last else { return [.noRanges] }
        var doubts: [Doubt] = []
        if let start = first.interval.start { doubts.append(.missingStart(start)) }
        if let end = last.interval.end { doubts.append(.missingEnd(end)) }
        for (left, right) in zip(sorted, sorted.dropFirst())
        where left.interval.end == nil || left.interval.end != right.interval.start {
            doubts.append(.gapOrOverlap(after: left.id, before: right.id))
        }
        return doubts
    }

    private static func rangeDoubts(_ range: RangeRow, index: Int, transaction: UInt64) -> [Doubt] {
        guard range.state == .scanned else { return [.unscanned(range: range.id, state: range.state)] }
        var doubts: [Doubt] = []
        if run(of: range, index: index) == nil { doubts.append(.noRun(range: range.id)) }
        if range.owner == nil || range.attempt == 0 || range.epoch == 0 { doubts.append(.noOwner(range: range.id)) }
        if range.snapshotMax > transaction { doubts.append(.fromTheFuture(range: range.id)) }
        return doubts
    }

    private static func run(of range: RangeRow, index: Int) -> RunSummary? {
        guard range.runs.indices.contains(index) else { return nil }
        return range.runs[index]
    }

    /// -infinity first; of two that start alike, the shorter first, so that an overlap shows between neighbours.
    private static func precedes(_ left: KeyInterval, _ right: KeyInterval) -> Bool {
        if left.start != right.start {
            guard let start = left.start else { return true }
            return right.start.map { start < $0 } ?? false
        }
        guard let end = left.end else { return false }
        return right.end.map { end < $0 } ?? true
    }
}

extension Proof.Doubt {
    /// Whether it ends by itself: a range that went back is under way, and is scanned or given up in the end.
    var mayPass: Bool {
        switch self {
        case .unscanned(_, .pending), .unscanned(_, .leased): true
        default: false
        }
    }
}

extension Proof.Doubt: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        switch self {
        case .noRanges: "no range has been cut"
        case .unscanned(let range, let state): "range \(range) is \(state.rawValue), not scanned"
        case .missingStart(let key): "keys before \(key) are covered by no range"
        case .missingEnd(let key): "keys from \(key) on are covered by no range"
        case .gapOrOverlap(let after, let before): "ranges \(after) and \(before) leave a gap or overlap"
        case .noRun(let range): "range \(range) has no run for this index"
        case .noOwner(let range): "range \(range) does not say who scanned it"
        case .notLoaded(let stage): "the index is \(stage.rawValue), not loaded and drained"
        case .digestDiffers(let loaded, let runs):
            "\(loaded.count) entries stand in the index and \(runs.count) in its runs, or they differ"
        case .fromTheFuture(let range): "range \(range) was scanned in a state that the environment has lost"
        }
    }
}
