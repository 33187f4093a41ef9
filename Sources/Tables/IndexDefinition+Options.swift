public import Values

extension IndexDefinition {
    /// Reads a definition from options as JSON or a configuration file gives them.
    ///
    /// What a value is written like makes no difference: `true`, `"true"`, `1` and `"1"` are one, `"a,b"` is
    /// `["a","b"]`, and the order of keys means nothing. Keys: `fields` (or `field`), `name`, `nulls`, `unique`.
    /// Throws `BAD_DEFINITION`.
    public init(options: Value) throws {
        guard case .map(let entries) = options else {
            throw GaplessError(.badDefinition, "an index is declared with a map, as in {\"fields\":[\"email\"]}")
        }
        self.init(fields: [])
        for entry in entries {
            guard case .string(let key) = entry.key else {
                throw GaplessError(.badDefinition, "an option of an index has a key that is not a text")
            }
            try set(key, entry.value)
        }
        try check()
    }

    private mutating func set(_ key: String, _ value: Value) throws {
        switch key {
        case "fields", "field": fields = try Self.fields(value)
        case "nulls": indexesNulls = try Self.flag(key, value)
        case "unique": isUnique = try Self.flag(key, value)
        case "name":
            guard case .string(let text) = value else {
                throw GaplessError(.badDefinition, "the option \"name\" of an index must be a text")
            }
            name = text
        default:
            throw GaplessError(
                .badDefinition, "an index has no option \"\(key)\": there are fields, name, nulls and unique")
        }
    }

    private static func fields(_ value: Value) throws -> [FieldPath] {
        let texts: [String]
        switch value {
        case .string(let list): texts = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        case .array(let elements):
            texts = try elements.map { element in
                guard case .string(let text) = element else {
                    throw GaplessError(.badDefinition, "the option \"fields\" of an index lists names of fields")
                }
                return text
            }
        default: throw GaplessError(.badDefinition, "the option \"fields\" of an index lists names of fields")
        }
        return try texts.map { text in
            do { return try FieldPath(text) } catch { throw GaplessError(.badDefinition, "\(error)") }
        }
    }

    private static func flag(_ key: String, _ value: Value) throws -> Bool {
        switch value {
        case .bool(let flag): return flag
        case .int(1), .string("1"), .string("true"): return true
        case .int(0), .string("0"), .string("false"): return false
        default: throw GaplessError(.badDefinition, "the option \"\(key)\" of an index must be true or false")
        }
    }
}
