import Values

/// INTERFACE section 3 a second time, word by word and slowly, over decoded values.
enum ReferenceExtraction {
    /// The entries of one rule in ascending order; nil if there are more than a composite index may get.
    static func entries(of record: Value, primaryKey: [UInt8], rule: IndexRule) throws -> [[UInt8]]? {
        let choices = rule.fields.map { elements(of: record[$0], indexesNulls: rule.indexesNulls) }
        let isComposite = rule.fields.count > 1
        if isComposite, !choices.contains(where: \.isEmpty) {
            var product = 1
            for choice in choices {
                product *= choice.count
                if product > 1_024 { return nil }
            }
        }
        var tuples: [[Value]] = [[]]
        for choice in choices { tuples = tuples.flatMap { tuple in choice.map { tuple + [$0] } } }
        let entries = try tuples.map { tuple in
            let key = try KeyEncoding.indexKey(tuple)
            var entry: [UInt8] = []
            EntryLayout.appendEntry(indexKey: key.span.bytes, primaryKey: primaryKey.span.bytes, to: &entry)
            return entry
        }
        return Set(entries).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// A scalar is one element; an array is its distinct scalar elements; absent, map and opaque are none.
    private static func elements(of field: Value?, indexesNulls: Bool) -> [Value] {
        let found: [Value]
        switch field {
        case .array(let values): found = values.filter(\.isScalar)
        case .some(let value) where value.isScalar: found = [value]
        default: found = []
        }
        var distinct: [Value] = []
        for value in found where !distinct.contains(value) && (indexesNulls || value != .null) {
            distinct.append(value)
        }
        return distinct
    }
}
