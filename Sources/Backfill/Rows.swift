public import Values

/// What the ledger stores of a job. It stands in the environment of the data, and rolls back with it.
public struct JobRow: Hashable, Sendable, Codable {
    /// Where a job stands.
    public enum State: String, Hashable, Sendable, Codable {
        /// There is work left, or something blocks it.
        case open
        /// Every index of it is published or cancelled.
        case done
    }

    /// The job's number.
    public var id: JobID
    /// The table, by its id in the catalog.
    public var table: UInt64
    /// The indexes that are built in the single scan.
    public var indexes: [JobIndex]
    /// Where it stands.
    public var state: State
    /// When it was opened.
    public var openedAt: Instant
    /// When it was done.
    public var endedAt: Instant?
    /// Records of the table when the job was opened; for progress only.
    public var recordsTotal: UInt64
    /// Discovery has cut ranges up to here; nil: none yet.
    public var frontier: Key?
    /// Whether the last range, which ends at +infinity, has been cut.
    public var isDiscovered: Bool
    /// Transient errors that workers met and retried.
    public var retries: UInt64
    /// The key rules of the program that opened it; nil in rows of programs that did not say. A job is worked on by
    /// programs with the same rules only, or its index would hold entries of two kinds.
    public var extractorVersion: UInt32?

    /// A job that begins.
    public init(
        id: JobID, table: UInt64, indexes: [JobIndex], openedAt: Instant, recordsTotal: UInt64,
        extractorVersion: UInt32? = nil
    ) {
        self.extractorVersion = extractorVersion
        self.id = id
        self.table = table
        self.indexes = indexes
        self.state = .open
        self.openedAt = openedAt
        self.recordsTotal = recordsTotal
        self.isDiscovered = false
        self.retries = 0
    }
}

/// One time that a piece of work was handed out, and how that ended.
public struct AttemptRow: Hashable, Sendable, Codable {
    /// How an attempt ended.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// Its result counts.
        case scanned
        /// The worker reported a failure.
        case failed
        /// The worker's process ended.
        case died
        /// The worker gave it back.
        case released
        /// The worker was not heard of for too long.
        case expired
    }

    /// The attempt's number.
    public var attempt: Attempt
    /// The worker's process id.
    public var pid: Int32
    /// The worker's incarnation.
    public var incarnation: Nonce
    /// How it ended.
    public var outcome: Outcome
    /// What went wrong, if anything.
    public var error: String?
    /// When it ended.
    public var at: Instant

    /// An attempt of `owner` that ended now.
    public init(attempt: Attempt, owner: Incarnation, outcome: Outcome, error: String?, at: Instant) {
        self.attempt = attempt
        self.pid = owner.pid
        self.incarnation = owner.nonce
        self.outcome = outcome
        self.error = error
        self.at = at
    }
}

/// What the ledger stores of a range.
public struct RangeRow: Hashable, Sendable, Codable {
    /// Where a range stands.
    public enum State: String, Hashable, Sendable, Codable {
        /// Waits to be handed out.
        case pending
        /// In a worker's hands.
        case leased
        /// Its runs are durable and recorded here.
        case scanned
        /// Its tries are used up.
        case failed
    }

    /// The most attempts that the history keeps: the latest. It bounds the row.
    public static let historyMax = 16

    /// The job it belongs to.
    public var job: JobID
    /// The range's number.
    public var id: RangeID
    /// The keys it covers.
    public var interval: KeyInterval
    /// Where it stands.
    public var state: State
    /// How often it has been handed out.
    public var attempt: Attempt
    /// Who holds it, or who scanned it.
    public var owner: Incarnation?
    /// The epoch in which it was handed out.
    public var epoch: Epoch
    /// Its runs, one for each index of the job; nil for an index that was dropped. They count while it is scanned.
    public var runs: [RunSummary?]
    /// Records found by discovery; once scanned, records seen.
    public var records: UInt64
    /// The newest snapshot that its runs stand on; 0 until scanned.
    public var snapshotMax: UInt64
    /// Failures in a row that count against it.
    public var failures: UInt32
    /// The latest attempts, oldest first.
    public var history: [AttemptRow]

    /// A range that nobody has touched.
    public init(job: JobID, id: RangeID, interval: KeyInterval, records: UInt64) {
        self.job = job
        self.id = id
        self.interval = interval
        self.state = .pending
        self.attempt = 0
        self.epoch = 0
        self.runs = []
        self.records = records
        self.snapshotMax = 0
        self.failures = 0
        self.history = []
    }

    /// Whether `lease`, held by `holder`, is the one that is recorded here.
    public func isHeld(under lease: Lease, by holder: Nonce) -> Bool {
        attempt == lease.attempt && epoch == lease.epoch && owner?.nonce == holder
    }

    mutating func note(_ row: AttemptRow) {
        history.append(row)
        if history.count > RangeRow.historyMax { history.removeFirst() }
    }
}

/// What the ledger stores of one index of a job, after the scan.
public struct BuildRow: Hashable, Sendable, Codable {
    /// How far the index is.
    public enum Stage: String, Hashable, Sendable, Codable {
        /// Waits for the scan, or to be handed to a loader.
        case waiting
        /// In a loader's hands.
        case loading
        /// Loaded, read back, and equal to its runs. The delta may be applied from here on.
        case loaded
        /// In a drainer's hands.
        case draining
        /// The delta is small; the proof can be tried.
        case drained
        /// Ready, by the proof.
        case published
        /// Something that only an operator, or a rewritten record, can mend.
        case blocked
        /// Dropped or cancelled.
        case cancelled

        /// Whether nothing is to be done for it any more.
        var isOver: Bool { self == .published || self == .cancelled }
    }

    /// The job it belongs to.
    public var job: JobID
    /// The index's place in the job.
    public var index: Int
    /// How far it is.
    public var stage: Stage
    /// How often load or drain have been handed out.
    public var attempt: Attempt
    /// Who holds the load or the drain.
    public var owner: Incarnation?
    /// The epoch in which it was handed out.
    public var epoch: Epoch
    /// Whether the next load begins by emptying the index.
    public var restarts: Bool
    /// How often a load had to be done anew because what was read back differed from the runs.
    public var mismatches: UInt32
    /// Count and hash of the loaded entries as read back; nil until loaded.
    public var digest: EntryDigest?
    /// Failures in a row.
    public var failures: UInt32
    /// What went wrong last, or what blocks it.
    public var error: String?
    /// How often publishing found the delta too large; nil in rows of earlier versions.
    public var deltaRounds: UInt32?
    /// Whether it is bad records that block it: rewriting or deleting them heals it.
    public var isBlockedByRecords: Bool
    /// When a load was first handed out.
    public var loadingSince: Instant?
    /// When the load that counts was reported, and by which process.
    public var loadedAt: Instant?
    /// The process that reported the load that counts.
    public var loadedBy: Int32?
    /// When the drain that counts was reported.
    public var drainedAt: Instant?
    /// The process that reported the drain that counts.
    public var drainedBy: Int32?
    /// When it was published or cancelled.
    public var endedAt: Instant?

    /// An index that waits for its scan.
    public init(job: JobID, index: Int) {
        self.job = job
        self.index = index
        self.stage = .waiting
        self.attempt = 0
        self.epoch = 0
        self.restarts = false
        self.mismatches = 0
        self.failures = 0
        self.isBlockedByRecords = false
    }

    /// Whether `lease`, held by `holder`, is the one that is recorded here, and in force.
    public func isHeld(under lease: Lease, by holder: Nonce) -> Bool {
        let stageFits =
            switch lease.item {
            case .load(let place): stage == .loading && place == index
            case .drain(let place): stage == .draining && place == index
            case .scan: false
            }
        return stageFits && attempt == lease.attempt && epoch == lease.epoch && owner?.nonce == holder
    }
}

/// Everything the ledger holds of one job.
public struct JobImage: Hashable, Sendable {
    /// The job itself.
    public var row: JobRow
    /// Its ranges, in the order of their numbers, which has no gaps.
    public var ranges: [RangeRow]
    /// One row for each of its indexes, in the job's order.
    public var builds: [BuildRow]

    /// An image of these rows.
    public init(row: JobRow, ranges: [RangeRow], builds: [BuildRow]) {
        self.row = row
        self.ranges = ranges
        self.builds = builds
    }
}
