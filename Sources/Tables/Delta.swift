public import LMDB

/// What a delta says about an entry: the last write's word.
enum DeltaMark: UInt8 {
    /// The entry must not be in the index.
    case tombstone = 0
    /// The entry must be in the index.
    case present = 1

    private static let tombstoneValue: [UInt8] = [DeltaMark.tombstone.rawValue]
    private static let presentValue: [UInt8] = [DeltaMark.present.rawValue]

    func put(_ entry: RawSpan, in delta: Database, _ txn: borrowing WriteTransaction) throws {
        let value = self == .present ? Self.presentValue : Self.tombstoneValue
        try txn.put(entry, value.span.bytes, in: delta)
    }

    /// The mark of a delta's row; throws `CORRUPT` for anything else.
    static func read(_ value: RawSpan, in delta: Database) throws -> DeltaMark {
        guard value.byteCount == 1, let mark = DeltaMark(rawValue: value.unsafeLoad(as: UInt8.self)) else {
            throw GaplessError(.corrupt, "the delta \(delta.name) holds a row that is neither present nor tombstone")
        }
        return mark
    }
}

/// What one step of a drain did.
public struct DrainOutcome: Hashable, Sendable {
    /// Rows of the delta that were applied to the index and removed.
    public var applied: Int
    /// Rows that are left.
    public var remaining: Int
}

extension Store {
    /// How many rows are copied before they are applied: bounds the memory of a drain to about half a megabyte.
    private static let drainCopyEntries = 1_024

    /// How many rows the delta of a generation holds.
    public func deltaCount(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int {
        let delta = try txn.database(Store.deltaDatabase(index: index.id, generation: generation))
        return try txn.statistics(of: delta).entries
    }

    /// Applies at most `limit` rows of a generation's delta to its index, in key order, and removes them.
    ///
    /// Only after the load was complete and checked: a tombstone is spent when it is applied, and what a loader appends
    /// later would bring the entry back. The caller fences. Throws `WRONG_STATE` unless the generation takes a delta.
    public func drain(
        _ index: IndexRecord, generation: UInt32, limit: Int, in txn: borrowing WriteTransaction
    ) throws -> DrainOutcome {
        let index = try live(index, in: txn)
        guard let coming = index.coming, coming.number == generation else {
            throw GaplessError(
                .wrongState,
                "generation \(generation) of \(index.fullName) is not being built: it has no delta to drain",
                index: index.fullName, state: index.generation(generation)?.state)
        }
        let delta = try txn.database(Store.deltaDatabase(index: index.id, generation: generation))
        let entries = try entries(of: index, coming, in: txn)
        var rows = EntryList()
        var applied = 0
        while applied < limit {
            try Self.copyRows(of: delta, atMost: min(limit - applied, Self.drainCopyEntries), into: &rows, txn)
            if rows.isEmpty { break }
            try Self.apply(rows, from: delta, to: entries, txn)
            if index.isUnique { try noteSharedKeys(of: rows, in: entries, index, generation, txn) }
            applied += rows.items.count
        }
        return DrainOutcome(applied: applied, remaining: try txn.statistics(of: delta).entries)
    }

    /// Copies the first rows of a delta; an entry's `rule` is its mark.
    private static func copyRows(
        of delta: Database, atMost limit: Int, into rows: inout EntryList, _ txn: borrowing WriteTransaction
    ) throws {
        rows.removeAll()
        try txn.withCursor(in: delta) { cursor in
            var more = try cursor.first()
            while more, rows.items.count < limit {
                try cursor.withEntry { entry, value in
                    rows.append(rule: Int(try DeltaMark.read(value, in: delta).rawValue), entry: entry)
                }
                more = try cursor.next()
            }
        }
    }

    private static func apply(
        _ rows: borrowing EntryList, from delta: Database, to entries: Database, _ txn: borrowing WriteTransaction
    ) throws {
        for row in rows.items.indices {
            let isPresent = rows.items[row].rule == Int(DeltaMark.present.rawValue)
            try rows.withEntry(row) { entry in
                if isPresent {
                    try txn.put(entry, RawSpan(), in: entries)
                } else {
                    _ = try txn.delete(entry, in: entries)
                }
                _ = try txn.delete(entry, in: delta)
            }
        }
    }
}
