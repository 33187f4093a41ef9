/// No query ever answers short, or with a wrong row: it answers like the records at its snapshot, or refuses.
enum QueriesAreComplete {
    static let name = "queries are complete"

    enum Answer {
        case refused
        case complete
        case wrong(String)
    }

    /// Asks one index for all its entries, as a program with these key rules.
    static func check(
        _ index: SimulatedIndex, _ store: SimulatedStore, _ model: [RecordRow], extractor: UInt32,
        _ weaknesses: Weaknesses
    ) -> Answer {
        let candidate = index.ready ?? (weaknesses.contains(.answerWhileBuilding) ? index.coming : nil)
        guard let generation = candidate, generation.extractor == extractor else { return .refused }
        guard let entries = store.entries(index: index.id, generation: generation.number) else {
            return .wrong("index \(index.id) is ready and has no entries' database")
        }
        let expected = Expectation(model, field: index.field, extractor: extractor)
        guard entries == expected.entries else {
            return .wrong("index \(index.id): \(difference(entries, expected.entries))")
        }
        for key in expected.malformed {
            let row = store.badRecords.row(at: BadRow.order(index.id, generation.number, key))
            guard row?.isWaived == true else {
                return .wrong("index \(index.id) is ready without record \(key), which it cannot hold")
            }
        }
        return .complete
    }

    static func difference(_ entries: [SimulatedEntry], _ expected: [SimulatedEntry]) -> String {
        let missing = expected.filter { entries.row(at: $0.bits) == nil }
        let wrong = entries.filter { expected.row(at: $0.bits) == nil }
        return "\(missing.count) entries missing \(missing.prefix(3)), \(wrong.count) wrong \(wrong.prefix(3))"
    }
}

/// What an index must hold, computed from the records alone.
struct Expectation {
    private(set) var entries: [SimulatedEntry] = []
    private(set) var malformed: [UInt32] = []

    init(_ records: [RecordRow], field: Int, extractor: UInt32) {
        var masks: [UInt16] = []
        masks.reserveCapacity(records.count)
        var count = 0
        for row in records {
            let mask = row.record.indexKeys(ofField: field, extractor: extractor)
            if mask == nil { malformed.append(row.key) }
            masks.append(mask ?? 0)
            count += (mask ?? 0).nonzeroBitCount
        }
        entries.reserveCapacity(count)
        for bit in 0..<SimulatedRecord.keyCount {
            for place in records.indices where masks[place] >> UInt16(bit) & 1 == 1 {
                entries.append(SimulatedEntry(key: bit, primaryKey: records[place].key))
            }
        }
    }
}
