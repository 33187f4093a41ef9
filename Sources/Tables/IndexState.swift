/// The state of one generation of an index; only `ready` answers queries.
public enum IndexState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Declared; a build is under way or queued. Writes go to the delta.
    case building
    /// A build that somebody stopped. Writes go to the delta.
    case paused
    /// A build that cannot go on by itself: bad records, violations, tries used up. Writes go to the delta.
    case blocked
    /// Complete: the proof held in the transaction that set this state. Writes go to the index.
    case ready
    /// Given up: its databases are being cleaned away. Writes pass it by.
    case dropping

    /// Whether writes of records still reach this generation's delta.
    public var takesDelta: Bool {
        switch self {
        case .building, .paused, .blocked: true
        case .ready, .dropping: false
        }
    }

    /// Whether a generation in this state may be put into `next`; `ready` is reached by publishing only.
    func allows(_ next: IndexState) -> Bool {
        switch (self, next) {
        case (.building, .paused), (.building, .blocked), (.building, .ready): true
        case (.paused, .building), (.blocked, .building), (.blocked, .paused), (.paused, .blocked): true
        case (.building, .dropping), (.paused, .dropping), (.blocked, .dropping), (.ready, .dropping): true
        default: false
        }
    }
}
