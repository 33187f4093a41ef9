internal import Tables
internal import Values

/// An index as one transaction sees it.
public struct IndexStatus: Hashable, Sendable, Identifiable {
    /// Where an index stands; only a ready one answers queries.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It is being built, or waits for a coordinator and workers that do it.
        case building
        /// Somebody paused its build.
        case paused
        /// Its build cannot go on by itself: `gapless index failures` lists why.
        case blocked
        /// It is complete, and queries use it.
        case ready
        /// It was dropped.
        case dropping

        init(_ state: IndexState) {
            switch state {
            case .building: self = .building
            case .paused: self = .paused
            case .blocked: self = .blocked
            case .ready: self = .ready
            case .dropping: self = .dropping
            }
        }
    }

    /// The full name: `people.email`.
    public let name: String
    /// The indexed fields, in key order.
    public let fields: [String]
    /// Whether two records may not share a key.
    public let isUnique: Bool
    /// Whether null has an entry.
    public let indexesNulls: Bool
    /// Where it stands: ready while any generation of it is.
    public let state: State
    /// What stands in the way of a build that is blocked.
    public let blockedReason: String?

    /// The full name.
    public var id: String { name }

    init(_ record: IndexRecord) {
        name = record.fullName
        fields = record.fields.map(\.text)
        isUnique = record.isUnique
        indexesNulls = record.indexesNulls
        state = State(record.state)
        blockedReason = record.coming?.blockedReason
    }
}
