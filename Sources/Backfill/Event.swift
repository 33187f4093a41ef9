/// Something that happened in the world, told to the coordinator.
public enum Event: Hashable, Sendable {
    /// A worker's message arrived.
    case message(WorkerEnvelope)
    /// A worker's process is known to have ended.
    case workerDied(Nonce)
    /// The catalog as it stands: every generation that is not ready and not being dropped. All of them, each time.
    case catalog([Demand])
    /// The answer to ``Request/discover(job:table:from:records:)``.
    case discovered(job: JobID, from: Key?, boundary: Key?, records: UInt64)
    /// The answer to ``Request/middle(job:table:range:interval:)``: a key that cuts the range in two, or nil if it has
    /// one record or none.
    case middle(job: JobID, range: RangeID, cut: Key?)
    /// The answer to ``Request/publish(job:table:index:place:)``.
    case publish(job: JobID, place: Int, PublishOutcome)
    /// The numbers to work with from now on; what was decided by the old ones stands.
    case limits(Limits)
    /// Time has passed.
    case tick
}

/// One generation of an index that the catalog wants built.
public struct Demand: Hashable, Sendable {
    /// What the catalog says of it.
    public enum State: Hashable, Sendable {
        /// Build it.
        case building
        /// Leave it alone for now.
        case paused
        /// It is blocked; by this many bad records and shared keys of a unique index, among other things perhaps.
        case blocked(badRecords: UInt64)
    }

    /// The table, by its id in the catalog.
    public var table: UInt64
    /// Which build of which index.
    public var index: JobIndex
    /// What the catalog says of it.
    public var state: State
    /// Records of the table now; for progress only.
    public var records: UInt64
    /// The key rules by which it was declared, and must be built; nil: those of the coordinator.
    public var extractorVersion: UInt32?

    /// A demand of these parts.
    public init(
        table: UInt64, index: JobIndex, state: State, records: UInt64, extractorVersion: UInt32? = nil
    ) {
        self.extractorVersion = extractorVersion
        self.table = table
        self.index = index
        self.state = state
        self.records = records
    }
}

/// What came of the transaction that tries the proof.
public enum PublishOutcome: Hashable, Sendable {
    /// The proof held; the index is ready, and the ledger says published.
    case published(entries: UInt64)
    /// So many delta entries are left, more than one transaction should apply.
    case deltaTooLarge(UInt64)
    /// So many records could not be indexed.
    case badRecords(UInt64)
    /// So many keys of a unique index, counted up to a bound, are shared by several records.
    case uniqueViolations(UInt64)
    /// The proof does not hold, for these reasons.
    case unproved([Proof.Doubt])
    /// Somebody paused the index; nothing was changed, and it is published after it was resumed.
    case paused
    /// The index is not there any more, or not in a state to be published.
    case gone
    /// The transaction failed in a way that may pass by itself; nothing was changed.
    case failed(String)
    /// The transaction failed in a way that stays until somebody mends it; nothing was changed.
    case failedForGood(String)
}
