/// Why a record cannot be indexed, stored or read: what is wrong, where, and for which field.
public struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of bad records.
    public enum Code: String, Hashable, Sendable, Codable {
        /// The bytes are not one well-formed value of the table's format.
        case malformed
        /// A string is not UTF-8.
        case notUTF8
        /// A map has the same key twice.
        case duplicateKey
        /// Arrays and maps nest deeper than `ValueLimits.depthMax`.
        case tooDeep
        /// A JSON number that neither 64 bits nor a finite double can hold.
        case numberOutOfRange
        /// The schema wants a timestamp or bytes, and the field holds something else.
        case wrongType
        /// A composite index would get more than `ValueLimits.compositeEntriesMax` entries.
        case tooManyEntries
        /// A key of a unique index would have to be cut: two that differ behind the cut could not be told apart.
        case keyTooLong
        /// The record is not a map, or its primary key is absent or cannot be one.
        case badPrimaryKey
    }

    /// What kind of mistake it is.
    public var code: Code
    /// What exactly is wrong, in words.
    public var detail: String
    /// Where in the record's bytes, counted from 0; nil if nowhere in particular.
    public var offset: Int?
    /// Which rule of the extractor; nil if the whole record is bad.
    public var rule: Int?
    /// Which field, or fields with commas between them; nil if not about a field.
    public var field: String?

    /// An error about a record.
    public init(_ code: Code, _ detail: String, offset: Int? = nil, rule: Int? = nil, field: String? = nil) {
        self.code = code
        self.detail = detail
        self.offset = offset
        self.rule = rule
        self.field = field
    }

    /// One line: field, what is wrong, where.
    public var description: String {
        let subject = field.map { "field \($0): " } ?? ""
        let place = offset.map { " at byte \($0)" } ?? ""
        return subject + detail + place
    }
}
