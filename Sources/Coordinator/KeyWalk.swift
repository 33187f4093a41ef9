internal import Backfill
internal import LMDB
internal import Tables

/// Walks the keys of a table, without their values, to find where ranges should begin.
struct KeyWalk {
    /// Keys walked in one read transaction: a few milliseconds, so that no page is pinned for long.
    private static let keysPerTransaction = 131_072

    let store: Store
    let table: UInt64

    /// The key that is `records` records after `from` (nil: the first), or nil if the table ends before it.
    func boundary(from: Key?, records: Int) throws -> (boundary: Key?, records: UInt64) {
        var walked = 0
        var position = from
        while true {
            let step = min(records - walked, KeyWalk.keysPerTransaction)
            let found = try walk(step, from: position)
            walked += found.walked
            guard let next = found.next else { return (nil, UInt64(walked)) }
            if walked >= records { return (next, UInt64(walked)) }
            position = next
        }
    }

    /// The middle key of the records inside, or nil if there are fewer than two.
    func middle(of interval: KeyInterval) throws -> Key? {
        let count = try count(in: interval)
        guard count > 1 else { return nil }
        return try boundary(from: interval.start, records: count / 2).boundary
    }

    /// Walks `steps` keys from `from` and says how many there were, and the key behind them.
    private func walk(_ steps: Int, from: Key?) throws -> (walked: Int, next: Key?) {
        try store.read { txn in
            try txn.withCursor(in: txn.database(Store.recordsDatabase(table: table))) { cursor in
                var isThere = try from.map { try cursor.seek(atOrAfter: $0.bytes) } ?? cursor.first()
                var walked = 0
                while isThere, walked < steps {
                    walked += 1
                    isThere = try cursor.next()
                }
                return (walked, isThere ? Key(cursor.key) : nil)
            }
        }
    }

    private func count(in interval: KeyInterval) throws -> Int {
        try store.read { txn in
            try txn.withCursor(in: txn.database(Store.recordsDatabase(table: table))) { cursor in
                var isThere = try interval.start.map { try cursor.seek(atOrAfter: $0.bytes) } ?? cursor.first()
                var count = 0
                while isThere, interval.contains(Key(cursor.key)) {
                    count += 1
                    isThere = try cursor.next()
                }
                return count
            }
        }
    }
}
