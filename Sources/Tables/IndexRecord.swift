public import Values

/// A catalog row: an index of a table, what it means, and its builds.
public struct IndexRecord: Hashable, Sendable, Codable, Identifiable {
    /// Never used again after the index is gone.
    public let id: UInt64
    /// The table it belongs to.
    public let tableID: UInt64
    /// That table's name.
    public let tableName: String
    /// Unique among the table's indexes.
    public let name: String
    /// What it holds: one field, or several in order for a composite index.
    public let fields: [FieldPath]
    /// Whether null has an entry.
    public let indexesNulls: Bool
    /// Whether two records may not share a key.
    public let isUnique: Bool
    /// The canonical text of its meaning: equal exactly for equal meanings.
    public let fingerprint: String
    /// When it was declared, RFC 3339 in UTC.
    public let createdAt: String
    /// When it was dropped; a dropped index is invisible and waits to be cleaned away.
    public internal(set) var droppedAt: String?
    /// The number of the newest build ever declared: numbers are not used again either.
    public internal(set) var lastGenerationNumber: UInt32 = 0
    /// Its builds, oldest first: at most one is ready and at most one is coming.
    public internal(set) var generations: [Generation]

    /// `people.email`.
    public var fullName: String { "\(tableName).\(name)" }

    /// What the extractor needs to know.
    public var rule: IndexRule { IndexRule(fields: fields, indexesNulls: indexesNulls, isUnique: isUnique) }

    /// The generation that answers queries, if any.
    public var ready: Generation? { generations.last { $0.state == .ready } }

    /// The generation that is building, paused or blocked, if any.
    public var coming: Generation? { generations.last { $0.state.takesDelta } }

    /// What a user sees: ready while any generation is, else what the coming one is, else dropping.
    public var state: IndexState { ready?.state ?? coming?.state ?? .dropping }

    /// Why the newest build was started.
    public var reason: String { generations.last?.reason ?? "created" }

    /// The generation with this number, if it has not been cleaned away.
    public func generation(_ number: UInt32) -> Generation? { generations.first { $0.number == number } }
}
