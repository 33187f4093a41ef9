/// How large a cluster is searched, and what may go wrong in it how often.
public struct Scope: Hashable, Sendable {
    /// For people.
    public var name: String
    /// Workers.
    public var workers = 2
    /// Ranges that the table is cut into, with one record each unless there are more ``records``.
    public var ranges = 3
    /// Records of the table; 0: as many as ranges.
    public var records = 0
    /// Messages that may be lost.
    public var losses = 0
    /// Messages that may be delivered twice, the second time at any later moment.
    public var duplicates = 0
    /// Messages that may be held back and delivered at any later moment.
    public var lateMessages = 0
    /// Times that the coordinator may be killed, between any two of its effects.
    public var restarts = 0
    /// Times that the coordinator may be stopped while another takes office, and wake late.
    public var secondCoordinators = 0
    /// Times that a living worker may be taken for lost.
    public var suspicions = 0
    /// Times that a worker may be killed. Another takes its place.
    public var kills = 0
    /// Times that a worker may be asked to leave. Another takes its place.
    public var departures = 0
    /// Mishaps of all kinds together in one run, at the most.
    public var mishapsMax = 100
    /// What the application writes, in this order, each at any moment: one beginning for each script.
    public var scripts: [[Write]] = [[]]
    /// The record that no index can hold until it is rewritten, if there is one.
    public var poison: UInt8?
    /// Whether ranges are cut and workers introduced before the search begins.
    public var startsUnderWay = true
    /// Protections that are taken out.
    public var breaks: Set<Break> = []

    /// Delta rows that the publishing transaction applies at the most.
    public var deltaMax = 1
    /// Entries that a loader appends in one transaction.
    public var appendMax = 2

    /// A cluster in which nothing goes wrong.
    public init(_ name: String) {
        self.name = name
    }

    /// One write of the application.
    public enum Write: Hashable, Sendable {
        /// Puts a value under a key, whether there was one or not.
        case put(key: UInt8, value: UInt8)
        /// Deletes a key.
        case delete(key: UInt8)
    }

    /// The value of a record that cannot be indexed.
    static let poisonValue: UInt8 = 3

    var recordCount: Int { records == 0 ? ranges : records }
    var recordsPerRange: Int { max(1, (recordCount + ranges - 1) / ranges) }
}

/// A protection that can be taken out of the model, or a defect that can be put into it, to see that the search finds
/// what follows.
public enum Break: String, Hashable, Sendable, CaseIterable {
    /// Stored changes and publishing do not ask for the current epoch.
    case noEpochCheck
    /// Transactions of loaders do not ask whether the lease is still theirs.
    case noLeaseCheck
    /// A result counts whatever the attempt and whoever sends it.
    case acceptsStaleResults
    /// The coordinator speaks before it stores.
    case speaksBeforeStoring
    /// A commit that is interrupted leaves its first half behind.
    case tornCommits
    /// A write to an index that is being built leaves no tombstone.
    case forgetsTombstones
    /// Publishing leaves the rest of the delta behind.
    case publishesWithDelta
    /// A loader that continues after another leaves one entry out.
    case loaderSkips
    /// What was read back is not compared with the runs.
    case trustsLoaders
    /// Publishing is tried at any moment, without being asked for by the core.
    case publishesUnasked
    /// Publishing asks no proof.
    case noProof
}
