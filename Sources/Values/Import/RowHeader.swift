/// The names of the columns of a CSV or TSV text, and what becomes of the cells under them.
struct RowHeader: Sendable {
    /// One column.
    struct Column: Sendable {
        /// The field's name, as it stands in the header.
        var name: String
        /// The name as MessagePack.
        var messagePackName: [UInt8]
        /// What the schema says about its cells.
        var kind: Schema.Kind?
        /// True if its cells are primary keys.
        var isKey: Bool
    }

    let columns: [Column]

    /// The header with these names, each a field of its own: a dot in a name is part of the name.
    init(_ names: [String], key: FieldPath, schema: Schema) throws(LineFault) {
        var seen: Set<[UInt8]> = []
        for (index, name) in names.enumerated() {
            guard !name.isEmpty else { throw LineFault(.header, "the name of column \(index + 1) is empty") }
            guard seen.insert(Array(name.utf8)).inserted else {
                throw LineFault(.header, "the header has the name '\(name)' twice", field: name)
            }
        }
        columns = names.map { name in
            let isNamed = { (path: FieldPath) in path.components == [Array(name.utf8)] }
            return Column(
                name: name, messagePackName: Value.string(name).messagePack,
                kind: schema.fields.first { isNamed($0.path) }?.kind, isKey: isNamed(key))
        }
        guard columns.contains(where: \.isKey) else {
            throw LineFault(.header, "the header has no column for the primary key", field: key.text)
        }
    }
}
