public import Values

/// What somebody asks an index to be, before it exists.
public struct IndexDefinition: Hashable, Sendable {
    /// The most fields of a composite index: every one costs bytes of the 255 that a key may have.
    public static let fieldsMax = 16

    /// The indexed fields, in key order: `a,b` and `b,a` are different indexes.
    public var fields: [FieldPath]
    /// The index's name; nil for the fields joined with `_`.
    public var name: String?
    /// Whether null has an entry.
    public var indexesNulls: Bool
    /// Whether two records may not share a key.
    public var isUnique: Bool

    /// A definition of an index over `fields`.
    public init(fields: [FieldPath], name: String? = nil, indexesNulls: Bool = true, isUnique: Bool = false) {
        self.fields = fields
        self.name = name
        self.indexesNulls = indexesNulls
        self.isUnique = isUnique
    }

    /// The name it will have.
    public var effectiveName: String { name ?? ObjectName.joined(fields.map(\.text)) }

    /// The canonical text of its meaning: equal exactly for equal meanings, whatever it was written like.
    public var fingerprint: String {
        let list = fields.map { "\($0.text.utf8.count):\($0.text)" }.joined(separator: ",")
        return "fields=\(list) nulls=\(indexesNulls ? 1 : 0) unique=\(isUnique ? 1 : 0)"
    }

    /// Throws `BAD_DEFINITION` or `BAD_NAME` unless an index can be made of it.
    func check() throws {
        guard !fields.isEmpty else { throw GaplessError(.badDefinition, "an index needs at least one field") }
        guard fields.count <= Self.fieldsMax else {
            throw GaplessError(.badDefinition, "\(fields.count) fields: an index has at most \(Self.fieldsMax)")
        }
        guard Set(fields).count == fields.count else {
            throw GaplessError(.badDefinition, "a field is named twice: each field of an index must be another one")
        }
        try ObjectName.check(effectiveName, of: "index")
    }

    /// What differs between this definition and an index of its name, in words.
    func differences(from index: IndexRecord) -> String {
        var differences: [String] = []
        if fields != index.fields {
            let (asked, there) = (Self.text(fields), Self.text(index.fields))
            let isOrder = Set(fields) == Set(index.fields)
            differences.append("fields \(there) there, \(asked) asked" + (isOrder ? " (the order matters)" : ""))
        }
        if indexesNulls != index.indexesNulls {
            let (asked, there) = (indexesNulls ? "indexed" : "left out", index.indexesNulls ? "indexed" : "left out")
            differences.append("nulls \(there) there, \(asked) asked")
        }
        if isUnique != index.isUnique {
            differences.append(isUnique ? "not unique there, unique asked" : "unique there, not unique asked")
        }
        return differences.joined(separator: "; ")
    }

    private static func text(_ fields: [FieldPath]) -> String { fields.map(\.text).joined(separator: ",") }
}
