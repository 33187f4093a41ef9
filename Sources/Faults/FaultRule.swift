/// One rule of a plan: where, what, when.
public struct FaultRule: Hashable, Sendable {
    /// What happens.
    public enum Action: Hashable, Sendable {
        /// The call fails.
        case fail(FaultError)
        /// The thread waits.
        case stall(milliseconds: Int)
        /// The process stops itself with SIGSTOP, until somebody continues it.
        case stop
        /// The process leaves at once with this code.
        case leave(code: Int32)
        /// The process kills itself with SIGKILL.
        case abort
        /// The message is lost.
        case lose
        /// The message is sent twice.
        case `repeat`
    }

    /// Where.
    public let point: FaultPoint
    /// What.
    public let action: Action
    /// At this call only, counted from 1.
    public var nth: Int?
    /// At every call whose number is a multiple of this.
    public var every: Int?
    /// At every call behind this number.
    public var after: Int?
    /// So many times at most.
    public var times: Int?
    /// Once among all processes: only who makes this file does it.
    public var marker: String?
    /// One call in so many, drawn from `seed`.
    public var chance: Int?
    /// For `chance`.
    public var seed: UInt64 = 0
    /// In the processes of this command only: `worker`, `coordinator`, `put`, ...
    public var command: String?
    /// Where the subject begins with this.
    public var subject: String?
    /// Where the key begins with these bytes.
    public var key: [UInt8] = []

    /// A rule that always applies.
    init(point: FaultPoint, action: Action) {
        self.point = point
        self.action = action
    }

    /// Whether the rule speaks of this call at all; only such calls are counted.
    func isAbout(subject: String, key: [UInt8]) -> Bool {
        (self.subject.map { subject.hasPrefix($0) } ?? true) && key.starts(with: self.key)
    }

    /// Whether it applies to call `count`, of those that it is about, having applied `fired` times.
    func applies(to count: Int, fired: Int, dice: inout FaultDice) -> Bool {
        if let times, fired >= times { return false }
        if let nth, count != nth { return false }
        if let every, !count.isMultiple(of: every) { return false }
        if let after, count <= after { return false }
        if let chance { return dice.next() % UInt64(chance) == 0 }
        return true
    }
}

/// Numbers that follow from a seed.
struct FaultDice: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
