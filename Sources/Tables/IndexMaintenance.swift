internal import LMDB
internal import Values

/// What one write of a record does to the entries of its table's indexes.
///
///     ready                       old - new removed from the index, new - old put into it
///     building, paused, blocked   tombstone for old - new, present for every entry of new, both in the delta
///
/// A delta takes an entry even if it was there before: nothing is known about what a scan has seen. Only a ready index
/// allows the thought "already there" (W3). `old` is read in the write transaction itself, so it is the staged record
/// when the transaction wrote it before (W5).
struct IndexMaintenance: ~Copyable {
    private var old = EntryList()
    private var new = EntryList()
    private var scratch = EntryExtractor.Scratch()

    /// Takes the entries that the record has now, before it is replaced or deleted.
    ///
    /// A record that some index could not take has no entries there; the other indexes are asked one by one.
    mutating func takeOld(key: RawSpan, record: RawSpan, _ table: TableResolution) throws {
        old.removeAll()
        do {
            try Self.extract(table.extractor, key, record, &scratch, into: &old)
        } catch is RecordError {
            old.removeAll()
            for rule in table.maintained.indices {
                let count = old.items.count
                do {
                    try Self.extract(table.extractor(of: rule), key, record, &scratch, rule: rule, into: &old)
                } catch is RecordError {
                    old.truncate(to: count)
                }
            }
        }
        old.sort()
    }

    /// Takes the entries of the record to be; throws `BAD_RECORD` if some index cannot take it.
    mutating func takeNew(key: RawSpan, record: RawSpan, _ table: TableResolution) throws {
        new.removeAll()
        do {
            try Self.extract(table.extractor, key, record, &scratch, into: &new)
        } catch let error as RecordError {
            throw Self.refusal(error, key, table)
        }
        new.sort()
    }

    mutating func clearOld() { old.removeAll() }

    mutating func clearNew() { new.removeAll() }

    /// Throws `UNIQUE_VIOLATION` if the record to be takes a key of a unique index that another record is known to
    /// have.
    ///
    /// Only keys that the record did not have before are asked for: rewriting a record is no new violation.
    func checkUnique(key: RawSpan, _ table: TableResolution, in txn: borrowing WriteTransaction) throws {
        var o = 0
        for n in new.items.indices {
            while o < old.items.count, old.compare(o, to: new, n) < 0 { o += 1 }
            if o < old.items.count, old.compare(o, to: new, n) == 0 { continue }
            let target = table.maintained[new.items[n].rule]
            guard target.index.isUnique, let holders = target.keyHolders else { continue }
            try new.withEntry(n) { entry in
                guard let other = try holders.other(than: entry, in: txn) else { return }
                throw try Self.violation(entry, of: key, other, target.index, table)
            }
        }
    }

    /// Brings indexes and deltas from the old entries to the new ones.
    func apply(_ table: TableResolution, in txn: borrowing WriteTransaction) throws {
        let (oldCount, newCount) = (old.items.count, new.items.count)
        var (o, n) = (0, 0)
        while o < oldCount || n < newCount {
            let order = o == oldCount ? 1 : n == newCount ? -1 : old.compare(o, to: new, n)
            if order < 0 {
                try old.withEntry(o) { try Self.remove($0, table.maintained[old.items[o].rule], txn) }
            } else {
                try new.withEntry(n) { try Self.keep($0, isNew: order > 0, table.maintained[new.items[n].rule], txn) }
            }
            if order <= 0 { o += 1 }
            if order >= 0 { n += 1 }
        }
    }

    private static func remove(
        _ entry: RawSpan, _ target: TableResolution.Maintained, _ txn: borrowing WriteTransaction
    ) throws {
        if let ready = target.ready { _ = try txn.delete(entry, in: ready) }
        if let delta = target.delta { try DeltaMark.tombstone.put(entry, in: delta, txn) }
    }

    private static func keep(
        _ entry: RawSpan, isNew: Bool, _ target: TableResolution.Maintained, _ txn: borrowing WriteTransaction
    ) throws {
        if isNew, let ready = target.ready { try txn.put(entry, RawSpan(), in: ready) }
        if let delta = target.delta { try DeltaMark.present.put(entry, in: delta, txn) }
    }

    private static func extract(
        _ extractor: EntryExtractor, _ key: RawSpan, _ record: RawSpan, _ scratch: inout EntryExtractor.Scratch,
        rule only: Int? = nil, into list: inout EntryList
    ) throws {
        try extractor.extract(primaryKey: key, value: record, into: &scratch) { rule, entry in
            list.append(rule: only ?? rule, entry: entry)
        }
    }

    private static func violation(
        _ entry: RawSpan, of key: RawSpan, _ other: [UInt8], _ index: IndexRecord, _ table: TableResolution
    ) throws -> GaplessError {
        let keyBytes = try KeyHolders.keyBytes(of: entry, index.fields.count) ?? 0
        let record = table.table.text(ofKey: key)
        let holder = KeyHolders.recordText(other.span.bytes, keyBytes: keyBytes, of: table.table)
        let text = ValueText.display(entry: entry, components: index.fields.count)
        return GaplessError(
            .uniqueViolation,
            "record \(record) of \(table.table.name): the unique index \(index.fullName) has \(text) already, under "
                + "record \(holder): change one of them", index: index.fullName, record: record)
    }

    private static func refusal(
        _ error: RecordError, _ key: RawSpan, _ table: TableResolution
    ) -> GaplessError {
        let index = error.rule.map { table.maintained[$0].index.fullName }
        let subject = index.map { "the index \($0) cannot take it" } ?? "it cannot be indexed"
        let record = table.table.text(ofKey: key)
        return GaplessError(
            .badRecord, "record \(record) of \(table.table.name): \(subject): \(error)", index: index, record: record)
    }
}
