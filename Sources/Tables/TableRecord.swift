public import Values

/// A catalog row: a table of records.
public struct TableRecord: Hashable, Sendable, Codable, Identifiable {
    /// Never used again after the table is gone.
    public let id: UInt64
    /// Unique among the tables of an environment.
    public let name: String
    /// The field of each record that is its primary key; of an attached table, the field in which records show it.
    public let keyField: FieldPath
    /// How records are encoded.
    public let format: ValueFormat
    /// Which fields of JSON records are timestamps or bytes.
    public let schema: Schema
    /// The database of another program that holds the records; nil for a table of our own.
    public let attachment: TableAttachment?
    /// When it was created, RFC 3339 in UTC.
    public let createdAt: String
    /// When it was dropped; a dropped table is invisible and waits to be cleaned away.
    public internal(set) var droppedAt: String?
}
