/// What the coordinator tells a worker. Each is sent in an envelope with the coordinator's epoch.
public enum CoordinatorMessage: Hashable, Sendable {
    /// You are known. Answer to a hello.
    case welcome(Welcome)
    /// I do not know you: say hello. Answer to anything else from an unknown worker.
    case introduce
    /// You cannot work here. Answer to a hello; the worker logs it, exits or waits to be replaced.
    case refused(Refusal)
    /// Do this.
    case grant(Grant)
    /// The result of this lease needs no repeating: it counts, or never will.
    case settled(Lease, Settlement)
    /// Stop working on this lease; nothing of it will count.
    case revoke(Lease, reason: String)
}

/// Terms of work.
public struct Welcome: Hashable, Sendable {
    /// The program's version, for people.
    public var program: String
    /// How often a heartbeat is expected, in milliseconds.
    public var heartbeatMillis: Int64
    /// Whether the lease that the hello named is still the worker's; if not, a revocation of that lease follows.
    public var keeps: Bool

    /// A welcome of these parts.
    public init(program: String, heartbeatMillis: Int64, keeps: Bool) {
        self.program = program
        self.heartbeatMillis = heartbeatMillis
        self.keeps = keeps
    }
}

/// Why a worker gets no work.
public struct Refusal: Hashable, Sendable {
    /// The reason, which decides what the worker does.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Another protocol version.
        case protocolVersion
        /// Another meaning of extraction or encoding.
        case extractorVersion
        /// The worker has another environment open.
        case environment
    }

    /// The reason.
    public var reason: Reason
    /// For people: both sides of the difference, and what to do.
    public var message: String

    /// A refusal of these parts.
    public init(reason: Reason, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// A piece of work, handed out. All else stands in the environment: definitions in the catalog, runs in the ledger.
public struct Grant: Hashable, Sendable {
    /// The lease; every answer names it.
    public var lease: Lease
    /// The table, by its id in the catalog.
    public var table: UInt64
    /// The job's indexes, in the job's order.
    public var indexes: [JobIndex]
    /// What to scan. Of no meaning for a load or a drain.
    public var interval: KeyInterval
    /// Whether the load begins by emptying the index (an earlier one went wrong). Of no meaning otherwise.
    public var restarts: Bool

    /// A grant of these parts.
    public init(lease: Lease, table: UInt64, indexes: [JobIndex], interval: KeyInterval, restarts: Bool) {
        self.lease = lease
        self.table = table
        self.indexes = indexes
        self.interval = interval
        self.restarts = restarts
    }
}

/// One index of a job: which build of which index it is.
public struct JobIndex: Hashable, Sendable, Codable {
    /// The index's id in the catalog.
    public var index: UInt64
    /// The generation that is being built.
    public var generation: UInt64
    /// The definition's canonical fingerprint, in hexadecimal: both sides must mean the same index.
    public var fingerprint: String

    /// A job's index of these parts.
    public init(index: UInt64, generation: UInt64, fingerprint: String) {
        self.index = index
        self.generation = generation
        self.fingerprint = fingerprint
    }
}

/// How a result ended.
public enum Settlement: String, Hashable, Sendable, CaseIterable {
    /// It is durable and counts.
    case counted
    /// It came too late, or was never asked for; it counts nothing and its files may go.
    case stale
}
