internal import Backfill
internal import LMDB
internal import Tables

/// Walks the keys of a table, without their values, to find where ranges should begin.
struct KeyWalk {
    /// Keys walked in one read transaction: a few milliseconds, so that no page is pinned for long.
    private static let keysPerTransaction = 131_072

    let store: Store
    let table: UInt64
    /// Keys walked in one read transaction.
    var keysPerTransaction = KeyWalk.keysPerTransaction

    /// The key that is about `records` records after `from` (nil: the first), or nil if the table ends before it.
    ///
    /// In a large table leaves are counted, not records; a range's own scan counts those.
    func boundary(from: Key?, records: Int) throws -> (boundary: Key?, records: UInt64) {
        let found = try walk(from: from, to: nil, atMost: records)
        return (found.next, UInt64(found.walked))
    }

    /// The middle key of the records inside, or nil if there are fewer than two.
    func middle(of interval: KeyInterval) throws -> Key? {
        let count = try walk(from: interval.start, to: interval.end, atMost: .max).walked
        guard count > 1 else { return nil }
        return try walk(from: interval.start, to: interval.end, atMost: count / 2).next
    }

    /// Walks up to `limit` keys of `[from, end)` and says how many there were, and the key behind them if it is inside.
    private func walk(from: Key?, to end: Key?, atMost limit: Int) throws -> (walked: Int, next: Key?) {
        var walked = 0
        var position = from
        while true {
            let steps = min(limit - walked, keysPerTransaction)
            let found = try walk(steps, from: position, to: end)
            walked += found.walked
            guard let next = found.next, walked < limit else { return (walked, found.next) }
            position = next
        }
    }

    /// The same in one read transaction.
    ///
    /// Where the keys of another program cannot be walked any further, the rest is taken for one range: its scan fails,
    /// and says so by name.
    private func walk(_ steps: Int, from: Key?, to end: Key?) throws -> (walked: Int, next: Key?) {
        try store.read { txn in
            guard let table = try store.catalog(in: txn).tables.first(where: { $0.id == self.table }) else {
                throw GaplessError(.noSuchTable, "table \(self.table) was dropped: its keys are not walked any more")
            }
            let records = try store.records(of: table, in: txn)
            if end == nil, !table.isAttached {
                let found = try txn.step(overAbout: steps, from: from?.bytes, in: records)
                return (found.stepped, found.next.map { Key($0) })
            }
            return try txn.withCursor(in: records, readingAhead: true) { cursor in
                var walked = 0
                do {
                    return try walk(steps, from: from, to: end, table, &cursor, &walked)
                } catch let error as LMDBError where table.isAttached && error.code == .badIntegerKey {
                    return (walked, nil)
                }
            }
        }
    }

    private func walk(
        _ steps: Int, from: Key?, to end: Key?, _ table: TableRecord, _ cursor: inout Cursor, _ walked: inout Int
    ) throws -> (walked: Int, next: Key?) {
        var last: [UInt8]?
        var isInside = try from.map { try cursor.seek(atOrAfter: $0.bytes) } ?? cursor.first()
        while isInside {
            if let end, cursor.withEntry({ key, _ in !KeyWalk.precedes(key, end.bytes) }) { break }
            if table.isAttached {
                if let last, !cursor.withEntry({ key, _ in KeyWalk.precedes(last, key) }) { return (walked, nil) }
                last = cursor.key
            }
            guard walked < steps else { return (walked, Key(cursor.key)) }
            walked += 1
            isInside = try cursor.next()
        }
        return (walked, nil)
    }

    /// Whether these bytes come before `other` in the order of keys.
    private static func precedes(_ key: RawSpan, _ other: [UInt8]) -> Bool {
        key.withUnsafeBytes { $0.lexicographicallyPrecedes(other) }
    }

    private static func precedes(_ one: [UInt8], _ key: RawSpan) -> Bool {
        key.withUnsafeBytes { one.lexicographicallyPrecedes($0) }
    }
}
