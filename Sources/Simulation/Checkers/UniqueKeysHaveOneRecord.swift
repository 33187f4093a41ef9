/// A key of a unique index that is ready has one record; a writer is refused, and a build blocked, only for a key that
/// records really share, and a refused write changes nothing.
struct UniqueKeysHaveOneRecord {
    static let name = "unique keys have one record"

    func check(_ commit: Commit) -> String? {
        for index in commit.after.indexes where index.isUnique && !index.isDropped {
            guard let ready = index.ready,
                let entries = commit.after.entries(index: index.id, generation: ready.number)
            else { continue }
            // Arrays that nobody wrote to are one and the same: this costs nothing.
            let isReadySince = commit.before.indexes.first { $0.id == index.id }?.ready?.number == ready.number
            if isReadySince, commit.before.entries(index: index.id, generation: ready.number) == entries { continue }
            for place in entries.indices.dropFirst() where entries[place].key == entries[place - 1].key {
                if entries[place].isNull { continue }
                return "index \(index.id) is ready with \(entries[place - 1]) and \(entries[place])"
            }
        }
        return nil
    }

    /// A refused write left all as it was.
    static func checkUnchanged(_ before: SimulatedStore, _ after: SimulatedStore) -> String? {
        if before.records != after.records { return "a refused write changed a record" }
        if before.databases != after.databases { return "a refused write changed an index or its delta" }
        return nil
    }

    /// Publishing was refused for just so many keys as records share.
    static func checkBlock(_ count: UInt64, _ index: SimulatedIndex, _ records: [RecordRow]) -> String? {
        guard let coming = index.coming else { return nil }
        let shared = UniqueKeysHaveOneRecord.shared(index.field, records, extractor: coming.extractor)
        guard shared.count != Int(count) else { return nil }
        return "index \(index.id) is not published for \(count) shared keys, and records share \(shared)"
    }

    /// The index for which a write had to be refused: of its first key that another record has.
    static func reason(
        _ key: UInt32, _ record: SimulatedRecord, _ records: [RecordRow], _ store: SimulatedStore, extractor: UInt32
    ) -> SimulatedIndex? {
        store.indexes.first { index in
            guard index.isUnique, !index.isDropped else { return false }
            let wanted = keys(of: record, index.field, extractor)
            return wanted != 0 && records.contains { row in
                row.key != key && keys(of: row.record, index.field, extractor) & wanted != 0
            }
        }
    }

    /// The index keys that several records have.
    static func shared(_ field: Int, _ records: [RecordRow], extractor: UInt32) -> [Int] {
        var (once, twice) = (UInt16(0), UInt16(0))
        for row in records {
            let keys = keys(of: row.record, field, extractor)
            twice |= once & keys
            once |= keys
        }
        return (0..<SimulatedRecord.keyCount).filter { twice >> UInt16($0) & 1 == 1 }
    }

    /// The index keys of a record, without the null, which is nobody's.
    private static func keys(of record: SimulatedRecord, _ field: Int, _ extractor: UInt32) -> UInt16 {
        let keys = record.indexKeys(ofField: field, extractor: extractor) ?? 0
        return keys & ~(1 << UInt16(SimulatedEntry.nullKey))
    }
}
