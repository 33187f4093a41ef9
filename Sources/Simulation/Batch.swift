/// Many runs, one seed after the other, and what they reached together.
public struct Batch: Sendable {
    /// Runs in which every moment is expected to be reached at least once.
    public static let runsForAllMoments = 10_000

    /// Runs so far.
    public private(set) var runs = 0
    /// Builds that ended.
    public private(set) var builds = 0
    /// Events that happened.
    public private(set) var events = 0
    /// How often each moment was reached.
    public private(set) var moments = Moments()
    /// A number over the digests of all runs, in the order of their seeds.
    public private(set) var digest: UInt64 = 0
    /// The first run that failed, by seed.
    public private(set) var failure: Outcome?

    /// None yet.
    public init() {}

    /// Adds a run.
    public mutating func add(_ outcome: Outcome) {
        runs += 1
        builds += outcome.builds
        events += outcome.events
        moments += outcome.moments
        digest = digest &* 31 &+ outcome.digest
        if outcome.violation != nil, failure.map({ $0.plan.seed > outcome.plan.seed }) ?? true { failure = outcome }
    }

    /// Moments that should have been reached and were not; empty for a batch that is too small to tell.
    public var missing: [Moment] { runs >= Batch.runsForAllMoments ? moments.missing : [] }
}
