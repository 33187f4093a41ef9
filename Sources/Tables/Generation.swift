/// One build of an index, with databases of its own: a number, a state, and who built it.
public struct Generation: Hashable, Sendable, Codable {
    /// 1 for the first build of an index, one higher for each build after it.
    public let number: UInt32
    /// Where this build stands.
    public internal(set) var state: IndexState
    /// The version of Gapless that declared this build.
    public let builtBy: String
    /// `EntryExtractor.version` of that program: entries of another version are not comparable.
    public let extractorVersion: UInt32
    /// Why this build was started ("created", "rebuild requested", ...).
    public let reason: String
    /// When it was declared, RFC 3339 in UTC.
    public let createdAt: String
    /// When it was published, RFC 3339 in UTC.
    public internal(set) var readyAt: String?
    /// The version whose check went over it after a faulty version had built it; see `FaultyVersion`.
    public internal(set) var scrubbedBy: String?
    /// What stands in the way while `blocked`.
    public internal(set) var blockedReason: String?
    /// Whether the delta database still exists (it outlives publication until it is cleaned away).
    public internal(set) var hasDelta: Bool
}
