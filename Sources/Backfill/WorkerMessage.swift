public import Values

/// What a worker tells the coordinator.
///
/// Each is sent in an envelope with the worker's nonce and the epoch that the worker knows (0 before the first
/// welcome). A result is repeated until it is answered by ``CoordinatorMessage/settled(_:_:)``.
public enum WorkerMessage: Hashable, Sendable {
    /// Who I am, what I can do, what I hold. First message of a connection, repeated until answered.
    case hello(Hello)
    /// I live; this is how far I am.
    case heartbeat(Heartbeat)
    /// Runs of a range, or of its first part, are durable.
    case scanned(ScanResult)
    /// An index is loaded and has been read back.
    case loaded(LoadResult)
    /// The delta is down to a few entries.
    case drained(DrainResult)
    /// The work could not be done. It is given back whole.
    case failed(WorkFailure)
    /// I leave and hold nothing any more.
    case goodbye
}

/// A worker introduces itself.
public struct Hello: Hashable, Sendable {
    /// The protocol it speaks (``BuildProtocol/version``).
    public var protocolVersion: UInt32
    /// The program's version, for people.
    public var program: String
    /// The meaning of its extraction and encoding (`EntryExtractor.version`).
    public var extractorVersion: UInt32
    /// Who it is.
    public var incarnation: Incarnation
    /// The environment it has open.
    public var environment: Nonce
    /// The lease it still works on, or whose result has not been settled.
    public var holding: Lease?

    /// A hello of these parts.
    public init(
        protocolVersion: UInt32, program: String, extractorVersion: UInt32, incarnation: Incarnation,
        environment: Nonce, holding: Lease?
    ) {
        self.protocolVersion = protocolVersion
        self.program = program
        self.extractorVersion = extractorVersion
        self.incarnation = incarnation
        self.environment = environment
        self.holding = holding
    }
}

/// A sign of life with progress.
public struct Heartbeat: Hashable, Sendable {
    /// What is being worked on; nil when idle.
    public var lease: Lease?
    /// Whether the worker is on its way out and wants no more work.
    public var isLeaving: Bool
    /// The last primary key scanned, if scanning.
    public var position: Key?
    /// Records scanned under this lease so far.
    public var records: UInt64
    /// Entries produced, loaded or drained under this lease so far.
    public var entries: UInt64
    /// Transient errors met and retried under this lease so far.
    public var retries: UInt64

    /// A heartbeat of these parts.
    public init(lease: Lease?, isLeaving: Bool, position: Key?, records: UInt64, entries: UInt64, retries: UInt64) {
        self.lease = lease
        self.isLeaving = isLeaving
        self.position = position
        self.records = records
        self.entries = entries
        self.retries = retries
    }
}

/// What a scan made durable: the records of `[start, end)` of its lease, sorted into one run for each index.
public struct ScanResult: Hashable, Sendable {
    /// The lease under which it was done.
    public var lease: Lease
    /// What is covered: from the leased range's start to its end, or to the place where it was cut.
    public var interval: KeyInterval
    /// One run for each index of the job, in the job's order; nil for an index that has been dropped meanwhile.
    public var runs: [RunSummary?]
    /// Records seen.
    public var records: UInt64
    /// The oldest snapshot read (LMDB transaction id); 0 where nothing was read.
    public var snapshotMin: UInt64
    /// The newest snapshot read (LMDB transaction id).
    public var snapshotMax: UInt64
    /// Records that could not be indexed, at most ``badRecordsMax`` of them.
    public var badRecords: [BadRecord]
    /// How many could not be indexed in all.
    public var badRecordsCount: UInt64
    /// Transient errors met and retried.
    public var retries: UInt64

    /// The most bad records that one message lists: it keeps messages and the list bounded.
    public static let badRecordsMax = 1_000

    /// A result of these parts.
    public init(
        lease: Lease, interval: KeyInterval, runs: [RunSummary?], records: UInt64, snapshotMin: UInt64,
        snapshotMax: UInt64, badRecords: [BadRecord], badRecordsCount: UInt64, retries: UInt64
    ) {
        self.lease = lease
        self.interval = interval
        self.runs = runs
        self.records = records
        self.snapshotMin = snapshotMin
        self.snapshotMax = snapshotMax
        self.badRecords = badRecords
        self.badRecordsCount = badRecordsCount
        self.retries = retries
    }
}

/// A record that an index cannot hold, and why.
public struct BadRecord: Hashable, Sendable, Codable {
    /// The index's place in the job.
    public var index: Int
    /// The record's encoded primary key.
    public var primaryKey: Key
    /// What is wrong with it.
    public var error: String

    /// A bad record of these parts.
    public init(index: Int, primaryKey: Key, error: String) {
        self.index = index
        self.primaryKey = primaryKey
        self.error = error
    }
}

/// An index's database as read back after the load.
public struct LoadResult: Hashable, Sendable {
    /// The lease under which it was done.
    public var lease: Lease
    /// Count and multiset hash of the entries that stand in the index.
    public var digest: EntryDigest
    /// Transient errors met and retried.
    public var retries: UInt64

    /// A result of these parts.
    public init(lease: Lease, digest: EntryDigest, retries: UInt64) {
        self.lease = lease
        self.digest = digest
        self.retries = retries
    }
}

/// How far the delta has been applied.
public struct DrainResult: Hashable, Sendable {
    /// The lease under which it was done.
    public var lease: Lease
    /// Delta entries applied.
    public var applied: UInt64
    /// Transient errors met and retried.
    public var retries: UInt64

    /// A result of these parts.
    public init(lease: Lease, applied: UInt64, retries: UInt64) {
        self.lease = lease
        self.applied = applied
        self.retries = retries
    }
}

/// Why a piece of work was given back.
public struct WorkFailure: Hashable, Sendable {
    /// What kind of failure, which decides what happens next.
    public enum Kind: Hashable, Sendable {
        /// It may go away by itself: busy, no memory, an input/output error.
        case transient
        /// There is no room on the disk.
        case noSpace
        /// A run of this range is missing, short or corrupt: the range must be scanned again.
        case runDamaged(range: RangeID)
        /// The worker cannot serve this job (another version of the definitions).
        case incompatible
        /// It will not go away by itself.
        case permanent
        /// The worker gives the work back unharmed, because it leaves or was asked to.
        case released
    }

    /// The lease under which it happened.
    public var lease: Lease
    /// What kind of failure.
    public var kind: Kind
    /// For people: what was being done, what went wrong.
    public var message: String

    /// A failure of these parts.
    public init(lease: Lease, kind: Kind, message: String) {
        self.lease = lease
        self.kind = kind
        self.message = message
    }
}
