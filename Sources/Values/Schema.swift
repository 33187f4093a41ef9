/// What JSON text cannot say about a table's fields: which of them are timestamps (RFC 3339) and which bytes (base64).
///
/// It applies to JSON only: MessagePack carries these types itself. Fields are kept in order of their text, so that
/// equal schemas have equal codings.
public struct Schema: Hashable, Sendable, Codable {
    /// What the strings of a field stand for.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// RFC 3339 texts.
        case timestamp
        /// Base64 texts.
        case bytes
    }

    /// A field and what its strings stand for.
    public struct Field: Hashable, Sendable, Codable {
        /// The field.
        public let path: FieldPath
        /// What its strings stand for.
        public let kind: Kind

        /// A field and what its strings stand for.
        public init(_ path: FieldPath, _ kind: Kind) {
            self.path = path
            self.kind = kind
        }
    }

    /// The typed fields, by their text, each once.
    public private(set) var fields: [Field] = []

    /// A schema of these fields; of two with the same path the later one counts.
    public init(_ fields: [Field] = []) {
        for field in fields { set(field.kind, for: field.path) }
    }

    /// Declares what the strings of a field stand for; nil for nothing but strings.
    public mutating func set(_ kind: Kind?, for path: FieldPath) {
        fields.removeAll { $0.path == path }
        guard let kind else { return }
        let place = fields.firstIndex { path.text.utf8.lexicographicallyPrecedes($0.path.text.utf8) } ?? fields.endIndex
        fields.insert(Field(path, kind), at: place)
    }

    /// What the strings of a field stand for; nil if they are strings.
    public func kind(of path: FieldPath) -> Kind? {
        fields.first { $0.path == path }?.kind
    }

    /// Reads a list of fields.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([Field].self))
    }

    /// Writes the list of fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(fields)
    }
}
