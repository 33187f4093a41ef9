/// What an index takes from a record: its fields in order, whether nulls count, and whether a key may be shared.
public struct IndexRule: Hashable, Sendable, Codable {
    /// The indexed fields, in the order in which they make the key; at least one.
    public var fields: [FieldPath]
    /// True if a null gives an entry.
    public var indexesNulls: Bool
    /// True if two records may not share a key: then keys that entries could hold only in part are refused.
    public var isUnique: Bool

    /// A rule over at least one field.
    public init(fields: [FieldPath], indexesNulls: Bool = true, isUnique: Bool = false) {
        self.fields = fields
        self.indexesNulls = indexesNulls
        self.isUnique = isUnique
    }
}
