/// One build of an index, with databases of its own: a number, a state, and who built it.
public struct Generation: Hashable, Sendable, Codable {
    /// 1 for the first build of an index, one higher for each build after it.
    public let number: UInt32
    /// Where this build stands.
    public internal(set) var state: IndexState
    /// The version of Gapless that declared this build.
    public let builtBy: String
    /// Of which kind its entries are: the key rules (`EntryExtractor.version`) of the program that declared it, with
    /// `IndexLayout.step` added for the grouped layout. Entries of another kind are not comparable.
    public internal(set) var extractorVersion: UInt32
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

/// How the entries of a generation lie in its database.
public enum IndexLayout: UInt32, Hashable, Sendable {
    /// Every entry is a key of its own.
    case plain = 0
    /// Entries of one index key share it: see `EntryFolding`. For fields of few values, at less than half of the size.
    case grouped = 1

    /// What each layout adds to the number of the key rules. A number of its own makes programs that came before a
    /// layout refuse its generations, as they do those of other key rules.
    static let step: UInt32 = 1_000
}

extension Generation {
    /// How its entries lie; nil if this program does not know that layout.
    public var layout: IndexLayout? { IndexLayout(rawValue: extractorVersion / IndexLayout.step) }

    /// The key rules by which its entries are derived from records.
    public var keyRules: UInt32 { layout == nil ? extractorVersion : extractorVersion % IndexLayout.step }
}
