public import Backfill

/// A catalog row of the simulated store: an index, what it means, and its builds.
public struct SimulatedIndex: Hashable, Sendable {
    /// The state of one generation; only `ready` answers queries.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Declared; a build is under way or queued.
        case building
        /// Stopped by an operator.
        case paused
        /// Cannot go on by itself.
        case blocked
        /// Complete.
        case ready
        /// Given up.
        case dropping

        /// Whether writes reach the delta.
        public var takesDelta: Bool { self == .building || self == .paused || self == .blocked }

        func allows(_ next: State) -> Bool {
            switch (self, next) {
            case (.building, .paused), (.building, .blocked), (.building, .ready): true
            case (.paused, .building), (.blocked, .building), (.blocked, .paused), (.paused, .blocked): true
            case (.building, .dropping), (.paused, .dropping), (.blocked, .dropping), (.ready, .dropping): true
            default: false
            }
        }
    }

    /// One build.
    public struct Generation: Hashable, Sendable {
        /// 1 for the first build, one higher for each after it.
        public let number: UInt64
        /// Where it stands.
        public internal(set) var state: State
        /// The key rules of the program that declared it.
        public let extractor: UInt32
        /// Whether the delta's database is still there.
        public internal(set) var hasDelta = true
        /// What stands in the way while it is blocked.
        public internal(set) var blockedReason: String?
    }

    /// Never used again.
    public let id: UInt64
    /// The field it holds.
    public let field: Int
    /// Whether each of its keys may have one record only.
    public var isUnique = false
    /// Whether it was dropped.
    public internal(set) var isDropped = false
    /// The newest build's number.
    public internal(set) var lastGeneration: UInt64 = 0
    /// Its builds, oldest first.
    public internal(set) var generations: [Generation] = []

    /// What it means.
    public var fingerprint: String { "f\(field)\(isUnique ? " unique" : "")" }
    /// The generation that answers queries.
    public var ready: Generation? { generations.last { $0.state == .ready } }
    /// The generation that is being built.
    public var coming: Generation? { generations.last { $0.state.takesDelta } }

    /// The generation with this number.
    public func generation(_ number: UInt64) -> Generation? { generations.first { $0.number == number } }

    /// Its coming generation as the core names it.
    public func jobIndex(_ generation: UInt64) -> JobIndex {
        JobIndex(index: id, generation: generation, fingerprint: fingerprint)
    }

    mutating func setState(
        _ state: State, of number: UInt64, blockedReason: String? = nil
    ) throws(SimulatedError) {
        guard let place = generations.firstIndex(where: { $0.number == number }) else { throw .noSuchIndex }
        let current = generations[place].state
        guard current == state || current.allows(state) else { throw .wrongState }
        generations[place].state = state
        generations[place].blockedReason = state == .blocked ? blockedReason : nil
    }
}

/// The databases of one generation: entries, and the delta beside them.
struct SimulatedDatabase: Hashable, Sendable {
    let index: UInt64
    let generation: UInt64
    var entries: [SimulatedEntry] = []
    var delta: [DeltaRow] = []
}
