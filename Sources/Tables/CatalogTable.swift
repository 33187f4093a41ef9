internal import Values

/// A table with its indexes as one catalog lists them, and what planning asks of them at every query.
///
/// A part of its catalog: who has it from the catalog of a transaction sees the states of that transaction.
final class CatalogTable: Sendable {
    let record: TableRecord
    /// By name.
    let indexes: [IndexRecord]
    /// The fields that one ready index holds alone, each with that index.
    let lone: [(field: FieldPath, use: IndexUse)]
    /// Whether records are stored whole, in the form in which predicates are asked of them.
    let isPlain: Bool

    init(_ record: TableRecord, _ indexes: [IndexRecord]) {
        self.record = record
        self.indexes = indexes
        isPlain = record.format == .messagePack && !record.isAttached
        var lone: [(field: FieldPath, use: IndexUse)] = []
        for index in indexes where index.fields.count == 1 && index.fields[0] != record.keyField {
            if let use = IndexUse.lone(over: index.fields[0], of: indexes) { lone.append((index.fields[0], use)) }
        }
        self.lone = lone
    }
}

extension IndexUse {
    /// The one index over this field alone, if it is ready for good: nothing else could serve a test of that field for
    /// given values, and no other generation is to be chosen or waited for.
    static func lone(over path: FieldPath, of indexes: [IndexRecord]) -> IndexUse? {
        var only: IndexUse?
        for index in indexes where index.fields.first == path && index.fields.count == 1 {
            guard only == nil, index.generations.count == 1, let generation = index.generations.first,
                generation.state == .ready, generation.isReadable
            else { return nil }
            only = IndexUse(index, generation)
        }
        return only
    }
}

extension Generation {
    /// Whether this program derives the same entries as the one that built this generation.
    var isReadable: Bool { keyRules == EntryExtractor.version }
}
