internal import Values

/// Tells which of the entries that lead to one record comes first in a plan, from the record itself.
///
/// The plan walks its steps in order and the entries of a step in order (groups of one index key in descending order,
/// when told so). A record's entries are all combinations of the values that its fields hold, so the record says which
/// of them lie in the plan's ranges and which of those is first. Most records have one entry only; that is seen at a
/// glance.
struct EntryRank {
    private let steps: [QueryPlan.Step]
    /// One for each step that had to be asked so far: most queries never ask.
    private var extractors: [Int: EntryExtractor] = [:]
    /// Made when a record has to be asked for its entries: most queries never do.
    private var buffers: Buffers?
    private let table: TableRecord
    private let isDescending: Bool

    /// Used again from record to record.
    private final class Buffers {
        var scratch = EntryExtractor.Scratch()
    }

    init(of plan: QueryPlan, _ table: TableRecord) {
        steps = plan.steps
        self.table = table
        if case .inIndexOrder(let order, _) = plan.delivery {
            isDescending = order.isDescending
        } else {
            isDescending = false
        }
    }

    /// Where the primary key begins in an entry of a step, and whether it was cut.
    func primaryKey(in entry: RawSpan, step: Int) throws -> (offset: Int, isCut: Bool) {
        if steps[step].isOneKey {
            let offset = steps[step].ranges[0].lower.count
            return (offset, entry.byteCount - offset == EntryLayout.cutPrimaryKeyBytes)
        }
        guard let index = steps[step].index else {
            throw GaplessError(.defect, "a table has no index entries")
        }
        do {
            let parts = try EntryLayout.split(entry: entry, components: index.fields.count)
            return (parts.indexKeyLength, parts.isPrimaryKeyCut)
        } catch {
            throw GaplessError(
                .corrupt,
                "\(index.fullName) holds an entry that is none (\(error)): gapless verify \(index.fullName) --repair",
                index: index.fullName)
        }
    }

    /// Whether no other entry of the record, which `entry` of `step` led to, comes before it in the plan.
    mutating func isFirst(
        _ entry: RawSpan, step: Int, _ primaryKey: RawSpan, _ record: RawSpan, _ reader: inout RecordReader
    ) throws -> Bool {
        for earlier in 0..<step {
            if try isReached(earlier, primaryKey, record) { return false }
        }
        if steps[step].isOneKey { return true }
        guard try mayHaveSeveralEntries(steps[step], primaryKey, record, &reader) else { return true }
        return try !hasEarlierEntry(than: entry, step, primaryKey, record)
    }

    private func mayHaveSeveralEntries(
        _ step: QueryPlan.Step, _ primaryKey: RawSpan, _ record: RawSpan, _ reader: inout RecordReader
    ) throws -> Bool {
        guard let index = step.index else { return false }
        return try reader.read(primaryKey, record) { record in
            for path in index.fields where try record.isArray(at: path) { return true }
            return false
        }
    }

    private mutating func isReached(_ step: Int, _ primaryKey: RawSpan, _ record: RawSpan) throws -> Bool {
        if steps[step].isTable { return steps[step].ranges.index(containing: primaryKey) != nil }
        return try anyEntry(step, primaryKey, record) { _ in true }
    }

    private mutating func hasEarlierEntry(
        than entry: RawSpan, _ step: Int, _ primaryKey: RawSpan, _ record: RawSpan
    ) throws -> Bool {
        let isDescending = isDescending
        return try anyEntry(step, primaryKey, record) { other in
            let order = other.compare(entry)
            return isDescending ? order > 0 : order < 0
        }
    }

    private mutating func extractor(of step: Int) -> EntryExtractor? {
        guard let index = steps[step].index else { return nil }
        if let extractor = extractors[step] { return extractor }
        let extractor = table.extractor([index.rule])
        extractors[step] = extractor
        return extractor
    }

    /// Whether the record has an entry within the step's ranges for which `condition` holds.
    private mutating func anyEntry(
        _ step: Int, _ primaryKey: RawSpan, _ record: RawSpan, _ condition: (RawSpan) -> Bool
    ) throws -> Bool {
        guard let extractor = extractor(of: step) else { return false }
        let ranges = steps[step].ranges
        var isFound = false
        let buffers = self.buffers ?? Buffers()
        self.buffers = buffers
        do {
            try extractor.extract(primaryKey: primaryKey, value: record, into: &buffers.scratch) { _, entry in
                if !isFound, ranges.index(containing: entry) != nil { isFound = condition(entry) }
            }
        } catch is RecordError {
            // A bad record that was waived has no entries in this index: the index did not lead to it.
            return false
        }
        return isFound
    }
}
