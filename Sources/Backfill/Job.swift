internal import Values

/// One job in the coordinator's memory: the stored rows, and queues that can be made anew from them.
public struct Job: Hashable, Sendable {
    /// The stored row.
    public internal(set) var row: JobRow
    /// The stored ranges, by number.
    public internal(set) var ranges: [RangeRow]
    /// The stored builds, one for each index.
    public internal(set) var builds: [BuildRow]
    /// How many ranges are in each state.
    public internal(set) var counts: RangeCounts
    /// Records seen by scanned ranges.
    public internal(set) var recordsScanned: UInt64

    /// Ranges that can be handed out now, the next one last.
    var ready: [RangeID] = []
    /// Ranges that wait until a moment.
    var delayed: [Delayed<RangeID>] = []
    /// Indexes (places) whose load, drain or publishing waits until a moment.
    var delayedBuilds: [Delayed<Int>] = []
    /// Indexes whose publishing has been asked for.
    var publishing: [Int] = []
    /// Ranges whose middle has been asked for.
    var bisecting: [RangeID] = []
    /// Whether the next boundary has been asked for.
    var isDiscovering = false
    /// The worker that failed last at a range, so that another one gets it next.
    var lastFailed: [RangeID: Nonce] = [:]
    /// Whether a program with other key rules opened it: then nothing is done for it here.
    let isForeign: Bool
    /// Which indexes (by place) the catalog wants left alone for now.
    var paused: [Bool]

    init(_ image: JobImage, extractorVersion: UInt32) {
        row = image.row
        isForeign = (image.row.extractorVersion ?? extractorVersion) != extractorVersion
        ranges = image.ranges
        builds = image.builds
        paused = image.row.indexes.map { _ in false }
        counts = RangeCounts()
        recordsScanned = 0
        for range in ranges {
            counts[range.state] += 1
            if range.state == .scanned { recordsScanned += range.records }
        }
        ready = ranges.filter { $0.state == .pending }.map(\.id).reversed()
    }

    /// Whether everything that is left of the job is paused: then nothing is cut, scanned or loaded for it.
    ///
    /// One scan serves all indexes: it goes on while any of them is wanted.
    var isPaused: Bool {
        if isForeign { return true }
        let unfinished = builds.filter { !$0.stage.isOver }
        return !unfinished.isEmpty && unfinished.allSatisfy { paused[$0.index] }
    }

    /// Whether every key is covered by a scanned range.
    var isScanned: Bool {
        row.isDiscovered && counts.scanned == ranges.count
    }

    /// Whether every range is scanned or given up.
    var hasNothingToScan: Bool {
        row.isDiscovered && counts.scanned + counts.failed == ranges.count
    }

    /// Whether no index of the job needs anything any more.
    var isOver: Bool {
        builds.allSatisfy { $0.stage == .published || $0.stage == .cancelled }
    }

    /// How much is queued: work that can be handed out, waits, questions under way.
    public var queuedCount: Int {
        ready.count + delayed.count + delayedBuilds.count + publishing.count + bisecting.count + lastFailed.count
    }

    /// Count and hash of all that the runs of an index hold.
    func digest(ofIndex place: Int) -> EntryDigest {
        ranges.reduce(.zero) { sum, range in
            guard range.runs.indices.contains(place), let run = range.runs[place] else { return sum }
            return sum + run.digest
        }
    }

    /// Stores a changed range and keeps the counts true.
    mutating func set(_ range: RangeRow, into effects: inout Effects) {
        let place = Int(range.id)
        if place == ranges.count {
            ranges.append(range)
        } else {
            let before = ranges[place]
            counts[before.state] -= 1
            if before.state == .scanned { recordsScanned -= before.records }
            ranges[place] = range
        }
        counts[range.state] += 1
        if range.state == .scanned { recordsScanned += range.records }
        effects.writes.append(.range(range))
    }

    /// Stores a changed build.
    mutating func set(_ build: BuildRow, into effects: inout Effects) {
        builds[build.index] = build
        effects.writes.append(.build(build))
    }
}

/// Something that waits until a moment.
struct Delayed<Subject: Hashable & Sendable>: Hashable, Sendable {
    var until: Instant
    var subject: Subject
}

/// How many ranges are in each state.
public struct RangeCounts: Hashable, Sendable {
    /// Waiting.
    public internal(set) var pending = 0
    /// In a worker's hands.
    public internal(set) var leased = 0
    /// Scanned.
    public internal(set) var scanned = 0
    /// Given up.
    public internal(set) var failed = 0

    subscript(state: RangeRow.State) -> Int {
        get {
            switch state {
            case .pending: pending
            case .leased: leased
            case .scanned: scanned
            case .failed: failed
            }
        }
        set {
            switch state {
            case .pending: pending = newValue
            case .leased: leased = newValue
            case .scanned: scanned = newValue
            case .failed: failed = newValue
            }
        }
    }
}
