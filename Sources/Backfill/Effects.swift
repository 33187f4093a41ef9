/// What must be done, in the order that is part of the type: first `writes`, in one durable transaction; only after its
/// commit `sends` and `requests`. Nothing is said that is not stored.
public struct Effects: Hashable, Sendable {
    /// Rows to store, in one transaction, in this order.
    public var writes: [LedgerWrite] = []
    /// Messages to send, after the commit.
    public var sends: [Send] = []
    /// Work on the environment that answers with an event, after the commit.
    public var requests: [Request] = []
    /// What is worth a line in the log, after the commit.
    public var notes: [Note] = []
    /// When to call again with ``Event/tick`` at the latest.
    public var wake: Instant?

    /// Nothing to do.
    public init() {}

    /// Whether there is nothing to store, send, request or log.
    public var isEmpty: Bool {
        writes.isEmpty && sends.isEmpty && requests.isEmpty && notes.isEmpty
    }

    /// Whether the catalog changes by these writes.
    ///
    /// Whoever tells the core only of changes must tell it anew then: an order that undoes the change before anybody
    /// looks would go unheard.
    public var touchesCatalog: Bool {
        writes.contains { write in
            switch write {
            case .blocked, .badRecords: true
            case .job, .range, .build: false
            }
        }
    }

    mutating func send(_ message: CoordinatorMessage, to worker: Nonce) {
        sends.append(Send(worker: worker, message: message))
    }

    mutating func wake(at moment: Instant) {
        wake = wake.map { min($0, moment) } ?? moment
    }
}

/// One message to one worker.
public struct Send: Hashable, Sendable {
    /// To whom.
    public var worker: Nonce
    /// What.
    public var message: CoordinatorMessage
}

/// A change of what is stored. Applied only while the stored epoch is the coordinator's.
public enum LedgerWrite: Hashable, Sendable {
    /// Stores a job.
    case job(JobRow)
    /// Stores a range.
    case range(RangeRow)
    /// Stores how far an index is.
    case build(BuildRow)
    /// Lists bad records, each only if the record as it stands now is still bad.
    case badRecords(table: UInt64, index: JobIndex, [BadRecord])
    /// Sets the state of an index to blocked, with what blocks it, or back to building (nil).
    case blocked(table: UInt64, index: JobIndex, reason: String?)
}

/// Work on the environment that the core asks for. Each answers with an event, some day; asking twice does no harm.
public enum Request: Hashable, Sendable {
    /// Walk `records` keys from `from` (inside) and say where the next range begins:
    /// ``Event/discovered(job:from:boundary:records:)``.
    case discover(job: JobID, table: UInt64, from: Key?, records: Int)
    /// Find the middle key of a range: ``Event/middle(job:range:cut:)``.
    case middle(job: JobID, table: UInt64, range: RangeID, interval: KeyInterval)
    /// Try the proof and publish, in one transaction: ``Event/publish(job:place:_:)``.
    case publish(job: JobID, table: UInt64, index: JobIndex, place: Int)
    /// Remove the run files of a job that needs them no more. Has no answer.
    case removeRuns(job: JobID)
    /// Remove the stored rows of an older job, in bounded transactions. Has no answer.
    case removeJob(job: JobID)
}
