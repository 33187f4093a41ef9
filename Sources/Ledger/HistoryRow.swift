public import Backfill

/// What stays of one index's build when its job is over and its other rows are removed.
public struct HistoryRow: Hashable, Sendable, Codable {
    /// How a build ended.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// It is under way, or was when the rows were read.
        case open
        /// The proof held; the generation became ready.
        case published
        /// The index was dropped, or its build was given up.
        case cancelled
    }

    /// The index's name, `people.email`: it outlives the index.
    public var name: String
    /// Which build of which index.
    public var index: JobIndex
    /// The job that built it.
    public var job: JobID
    /// Why the build was started.
    public var reason: String
    /// When it was declared, RFC 3339 in UTC.
    public var declaredAt: String
    /// The version of Gapless that declared it.
    public var builtBy: String
    /// When a coordinator took it up.
    public var openedAt: Instant
    /// When it was published or cancelled.
    public var endedAt: Instant?
    /// How it ended.
    public var outcome: Outcome
    /// Entries of the index when it was published.
    public var entries: UInt64?
    /// Records scanned.
    public var records: UInt64
    /// Ranges scanned.
    public var ranges: Int
    /// Transient errors that workers of the job met and retried.
    public var retries: UInt64
    /// How long each phase took.
    public var phases: Phases
    /// The coordinator in whose name it was taken up, and its epoch.
    public var coordinator: Int32
    /// That coordinator's epoch.
    public var epoch: Epoch
    /// The processes that scanned, loaded and drained what counts; at most ``workersMax`` of them.
    public var workers: [Int32]
    /// How often something blocked it.
    public var blocks: Int
    /// What blocked it last.
    public var lastBlock: String?

    /// How long each phase took, in milliseconds; nil for one that was not finished.
    public struct Phases: Hashable, Sendable, Codable {
        /// From taking up the job to the last range.
        public var scan: Int64?
        /// From the first load handed out to the one that counts, read back.
        public var load: Int64?
        /// From there until little of the delta was left.
        public var drain: Int64?
        /// From there to ready, waits for what blocked it included.
        public var publish: Int64?
    }

    /// The most processes that a row names: it bounds the row.
    public static let workersMax = 32
    /// The most rows of one index that are kept.
    public static let rowsPerIndexMax = 20
    /// The most rows of all indexes that are kept.
    public static let rowsMax = 2_000
}

extension HistoryRow {
    /// A build that was just taken up.
    init(
        name: String, index: JobIndex, job: JobRow, reason: String, declaredAt: String, builtBy: String,
        office: OfficeRow
    ) {
        self.init(
            name: name, index: index, job: job.id, reason: reason, declaredAt: declaredAt, builtBy: builtBy,
            openedAt: job.openedAt, endedAt: nil, outcome: .open, entries: nil, records: 0, ranges: 0, retries: 0,
            phases: Phases(), coordinator: office.incarnation.pid, epoch: office.epoch, workers: [], blocks: 0,
            lastBlock: nil)
    }

    /// This row with what the rows of its job say.
    func telling(_ build: BuildRow, of job: JobRow, _ ranges: [RangeRow]) -> HistoryRow {
        var row = self
        let scanned = ranges.filter { $0.state == .scanned }
        row.ranges = scanned.count
        row.records = scanned.reduce(0) { $0 + $1.records }
        row.retries = job.retries
        var workers: [Int32] = []
        for pid in scanned.compactMap(\.owner?.pid) + [build.loadedBy, build.drainedBy].compactMap(\.self)
        where !workers.contains(pid) && workers.count < HistoryRow.workersMax {
            workers.append(pid)
        }
        row.workers = workers
        let scannedAt = scanned.count == ranges.count ? scanned.compactMap(\.scannedAt).max() : nil
        row.phases = Phases(
            scan: HistoryRow.millis(from: job.openedAt, to: scannedAt),
            load: HistoryRow.millis(from: build.loadingSince, to: build.loadedAt),
            drain: HistoryRow.millis(from: build.loadedAt, to: build.drainedAt),
            publish: build.stage == .published ? HistoryRow.millis(from: build.drainedAt, to: build.endedAt) : nil)
        return row
    }

    private static func millis(from start: Instant?, to end: Instant?) -> Int64? {
        guard let start, let end else { return nil }
        return max(end.millisecondsSince(start), 0)
    }
}

extension RangeRow {
    /// When the attempt that counts was reported.
    fileprivate var scannedAt: Instant? { history.last { $0.outcome == .scanned }?.at }
}
