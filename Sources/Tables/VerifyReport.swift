/// What a full two-way check of a table's indexes found.
public struct VerifyReport: Hashable, Sendable, Codable {
    /// The table.
    public var table: String
    /// Every index that was checked.
    public var indexes: [IndexVerification]
    /// Indexes that are not ready: they answer nothing, so there is nothing to check.
    public var notReady: [String]

    /// Whether everything is as it must be.
    public var isClean: Bool { indexes.allSatisfy(\.isClean) }

    /// Notes what a check after a repair still found.
    public mutating func noteLeft(_ after: VerifyReport) {
        for place in indexes.indices {
            guard let found = after.indexes.first(where: { $0.index == indexes[place].index }) else { continue }
            indexes[place].left = found.missing + found.dangling + found.stale + found.badRecords + found.shared
        }
    }
}

/// What the check of one index found, and what was repaired.
public struct IndexVerification: Hashable, Sendable, Codable {
    /// The full name of the index.
    public var index: String
    /// Records of the table.
    public var records = 0
    /// Entries of the index.
    public var entries = 0
    /// Entries that a record calls for and the index lacks.
    public var missing = 0
    /// Entries whose record does not exist.
    public var dangling = 0
    /// Entries that their record, which exists, does not call for.
    public var stale = 0
    /// Records that the index cannot take and nobody waived.
    public var badRecords = 0
    /// Records of a unique index that have a key of a record before them: only rewriting or deleting records mends it.
    public var shared = 0
    /// Records that the index cannot take and was explicitly told to go without.
    public var waived = 0
    /// Entries that were put or removed to mend the index.
    public var repaired = 0
    /// What a check after the repair still found, of all kinds together; nil if nothing was repaired.
    public var left: Int?
    /// Some of what was found, the first of each kind.
    public var examples: [DamageExample] = []

    /// Whether nothing was found.
    public var isClean: Bool { missing == 0 && dangling == 0 && stale == 0 && badRecords == 0 && shared == 0 }

    init(index: String) { self.index = index }
}

/// How an entry and its record disagree.
public enum DamageKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A record calls for the entry and the index lacks it.
    case missing
    /// The entry's record does not exist.
    case dangling
    /// The entry's record exists and does not call for it.
    case stale
    /// The record cannot be indexed and was not waived.
    case badRecord = "bad"
    /// Another record has the same key in a unique index.
    case shared
}

/// One finding, readable.
public struct DamageExample: Hashable, Sendable, Codable {
    /// How they disagree.
    public var kind: DamageKind
    /// The primary key as text.
    public var record: String
    /// The index key as text; for a bad record, what is wrong with it.
    public var key: String
}
