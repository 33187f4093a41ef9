/// What an index takes from a record: its fields in order, and whether nulls count.
public struct IndexRule: Hashable, Sendable, Codable {
    /// The indexed fields, in the order in which they make the key; at least one.
    public var fields: [FieldPath]
    /// True if a null gives an entry.
    public var indexesNulls: Bool

    /// A rule over at least one field.
    public init(fields: [FieldPath], indexesNulls: Bool = true) {
        self.fields = fields
        self.indexesNulls = indexesNulls
    }
}
