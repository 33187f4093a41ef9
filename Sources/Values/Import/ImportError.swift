/// Why a line of an imported text is no record: where, which field, what is wrong, and the line itself.
public struct ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of bad lines.
    public enum Reason: String, Hashable, Sendable, Codable {
        /// Not well-formed text of its format.
        case malformed
        /// Bytes that are not UTF-8.
        case notUTF8
        /// The same key twice in one object.
        case duplicateKey
        /// Arrays and maps nest deeper than `ValueLimits.depthMax`.
        case tooDeep
        /// A number that neither 64 bits nor a finite double can hold.
        case numberOutOfRange
        /// A field that the schema calls a timestamp or bytes holds something else.
        case wrongType
        /// JSON, but not an object.
        case notAnObject
        /// The primary key field is absent.
        case keyMissing
        /// The primary key field holds what cannot be a primary key.
        case keyNotUsable
        /// Longer than the reader's limit.
        case tooLong
        /// More or fewer cells than the header has names.
        case cellCount
        /// A quote where none may stand, or one that is never closed.
        case quoting
        /// A backslash before something that TSV does not escape.
        case escape
        /// The header row is missing, or its names are empty, double, or lack the primary key.
        case header
    }

    /// The line on which the record begins, counted from 1.
    public var line: Int
    /// The byte within the record at which it goes wrong, counted from 1; nil if nowhere in particular.
    public var column: Int?
    /// The field it is about; nil if none.
    public var field: String?
    /// The kind of mistake.
    public var reason: Reason
    /// What exactly is wrong, in words.
    public var detail: String
    /// The record's bytes as they stood in the text, without the line end; see `isRawLineCut`.
    public var rawLine: [UInt8]
    /// True if `rawLine` is only the beginning: the record is longer than the limit, or its end unknown.
    public var isRawLineCut: Bool
    /// True if nothing after this can be read: there is no telling where the next record begins.
    public var endsInput: Bool

    /// An error about the record that begins on `line`.
    public init(
        line: Int, column: Int? = nil, field: String? = nil, reason: Reason, detail: String, rawLine: [UInt8],
        isRawLineCut: Bool = false, endsInput: Bool = false
    ) {
        self.line = line
        self.column = column
        self.field = field
        self.reason = reason
        self.detail = detail
        self.rawLine = rawLine
        self.isRawLineCut = isRawLineCut
        self.endsInput = endsInput
    }

    /// One line: line, column, field, what is wrong.
    public var description: String {
        let place = column.map { ", column \($0)" } ?? ""
        let subject = field.map { "field \($0): " } ?? ""
        return "line \(line)\(place): \(subject)\(detail)"
    }
}

/// What is wrong with a record, before it is known where it stands.
struct LineFault: Error {
    var reason: ImportError.Reason
    var detail: String
    var offset: Int?
    var field: String?
    var endsInput = false

    init(
        _ reason: ImportError.Reason, _ detail: String, offset: Int? = nil, field: String? = nil,
        endsInput: Bool = false
    ) {
        self.reason = reason
        self.detail = detail
        self.offset = offset
        self.field = field
        self.endsInput = endsInput
    }

    init(_ error: RecordError) {
        self.init(Self.reason(of: error.code), error.detail, offset: error.offset, field: error.field)
    }

    private static func reason(of code: RecordError.Code) -> ImportError.Reason {
        switch code {
        case .malformed: .malformed
        case .notUTF8: .notUTF8
        case .duplicateKey: .duplicateKey
        case .tooDeep: .tooDeep
        case .numberOutOfRange: .numberOutOfRange
        case .wrongType: .wrongType
        case .badPrimaryKey, .tooManyEntries, .keyTooLong: .keyNotUsable
        }
    }
}
