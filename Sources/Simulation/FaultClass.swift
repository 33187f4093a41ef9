/// Kinds of trouble. Each run has some of them switched off, so that each also meets the others alone.
public enum FaultClass: Int, CaseIterable, Sendable {
    /// Messages are lost.
    case loss
    /// Messages arrive twice.
    case duplication
    /// Messages overtake each other.
    case reordering
    /// Messages arrive seconds late.
    case delay
    /// Some workers and the coordinator cannot reach each other for a while.
    case partition
    /// Connections break and are made anew.
    case disconnects
    /// Clocks jump forwards and back.
    case clockJumps
    /// Clocks run fast or slow.
    case clockDrift
    /// Every k-th put fails.
    case everyNthPut
    /// Puts for one record fail.
    case putByKey
    /// A commit fails after all its puts succeeded.
    case lateFailures
    /// A commit succeeds and says that it failed.
    case ambiguousCommits
    /// Puts fail in a way that does not pass.
    case permanentFailures
    /// Reads fail.
    case readFailures
    /// The disk is full for a while.
    case noSpace
    /// Run files go missing, get short or corrupt.
    case runDamage
    /// The machine loses power: processes end, what was not synced is lost.
    case powerLoss
    /// A writer of the environment did not sync: a power loss takes it back to an earlier transaction.
    case unsyncedStore
    /// Processes are killed at any time.
    case kills
    /// Processes are killed between two effects.
    case killsAtEffects
    /// Processes are stopped and go on late.
    case stops
    /// Workers and coordinator are restarted gracefully, one by one.
    case restarts
    /// Every process has the same PID.
    case everyPidIsOne
    /// Deaths are noticed by silence alone.
    case noProcessWatch
    /// Workers of an older and of a newer version take part.
    case mixedVersions
    /// The cluster is upgraded in the middle, process by process.
    case rollingUpgrade
    /// Records that no index can hold.
    case malformedRecords
    /// Records that kill whichever worker extracts them.
    case deadlyRecords
    /// Applications write all the time.
    case writers
    /// Operators pause, resume, cancel, drop, rebuild and recreate.
    case operators
    /// The coordinator's lock is lost: two coordinators at once.
    case lostLock
    /// The shell tries to publish when nobody asked for it, as an errand that is doubled or late does.
    case hastyPublishing

    /// The name on the command line.
    public var name: String {
        var text = ""
        for character in "\(self)" {
            if character.isUppercase { text += "-" }
            text += character.lowercased()
        }
        return text
    }
}

/// A set of fault classes.
public struct FaultClasses: Hashable, Sendable {
    private var bits: UInt64 = 0

    /// None.
    public init() {}

    /// These.
    public init(_ classes: [FaultClass]) {
        for one in classes { insert(one) }
    }

    /// Whether the class is in the set.
    public func contains(_ one: FaultClass) -> Bool { bits >> UInt64(one.rawValue) & 1 == 1 }
    /// Adds a class.
    public mutating func insert(_ one: FaultClass) { bits |= 1 << UInt64(one.rawValue) }
    /// Takes a class out.
    public mutating func remove(_ one: FaultClass) { bits &= ~(1 << UInt64(one.rawValue)) }
    /// All in the set, in their order.
    public var all: [FaultClass] { FaultClass.allCases.filter(contains) }
}
