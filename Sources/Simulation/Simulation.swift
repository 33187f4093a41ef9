/// Simulation runs the production core in a whole simulated cluster, from a seed, and checks what must always hold.
///
/// `Backfill.Coordinator`, `Backfill.WorkerSession` and `Backfill.Proof` are the real ones. Network, clocks, disk,
/// store, processes, applications and operators are simulated, with faults drawn from the seed. One seed gives one run,
/// event for event, on every machine.
public enum Simulation {
    /// Raised when the same seed takes another course: a digest belongs to a seed and to this version.
    public static let version = "2"

    /// Runs one plan and says what came of it.
    ///
    /// - Parameters:
    ///   - plan: sizes and faults; `Plan(seed:)` draws them.
    ///   - weaknesses: protections that are taken out, to see that a checker notices.
    ///   - trace: called with each line of a readable trace; nil costs nothing.
    public static func run(
        _ plan: Plan, weaknesses: Weaknesses = [], trace: ((String) -> Void)? = nil
    ) -> Outcome {
        Cluster(plan, weaknesses: weaknesses, trace: trace).run()
    }
}

/// What came of one run.
public struct Outcome: Sendable {
    /// What was run.
    public var plan: Plan
    /// What did not hold; nil: everything did.
    public var violation: Violation?
    /// Events that happened.
    public var events: Int
    /// Builds that were published, blocked for good or given up.
    public var builds: Int
    /// Simulated time, in milliseconds.
    public var simulatedMillis: Int64
    /// A number over all events and transactions: equal exactly for equal runs.
    public var digest: UInt64
    /// How often each interesting case was reached.
    public var moments: Moments
}

/// Something that must always hold, and did not.
public struct Violation: Hashable, Sendable {
    /// The checker that noticed.
    public var checker: String
    /// What it saw.
    public var message: String
    /// When, in simulated microseconds.
    public var at: Int64
}
