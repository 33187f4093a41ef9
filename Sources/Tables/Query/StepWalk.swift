internal import LMDB
internal import Values

/// Moves a cursor over the ranges of one step.
enum StepWalk {
    /// Takes a key and its value; false stops the walk.
    typealias Visit = (_ key: RawSpan, _ value: RawSpan) throws -> Bool

    enum Direction: Hashable {
        case forward
        case backward
        /// Over the entries of an index with so many fields: its keys in descending order, the entries of one key in
        /// ascending order.
        case backwardByIndexKey(components: Int)
    }

    /// Visits what lies in the ranges; false if a visit stopped it.
    static func visit(
        _ ranges: [KeyRange], _ direction: Direction, in database: Database,
        _ txn: borrowing some ReadableTransaction & ~Copyable, _ visit: Visit
    ) throws -> Bool {
        switch direction {
        case .forward: try forward(ranges, in: database, txn, visit)
        case .backward: try backward(ranges, in: database, txn, visit)
        case .backwardByIndexKey(let components): try backward(ranges, byKeysOf: components, in: database, txn, visit)
        }
    }

    /// Visits what lies in the ranges, in order; false if a visit stopped it.
    static func forward(
        _ ranges: [KeyRange], in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable,
        _ visit: Visit
    ) throws -> Bool {
        try txn.withCursor(in: database) { cursor in
            for range in ranges {
                var more = try seek(range.lower, &cursor)
                while more {
                    let step = try cursor.withEntry { key, value -> Step in
                        guard range.isBelowUpper(key) else { return .leave }
                        return try visit(key, value) ? .goOn : .stop
                    }
                    if step == .stop { return false }
                    if step == .leave { break }
                    more = try cursor.next()
                }
            }
            return true
        }
    }

    /// Visits what lies in the ranges, in descending order; false if a visit stopped it.
    private static func backward(
        _ ranges: [KeyRange], in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable,
        _ visit: Visit
    ) throws -> Bool {
        try txn.withCursor(in: database) { cursor in
            for range in ranges.reversed() {
                var more = try seekLast(of: range, &cursor)
                while more {
                    let step = try cursor.withEntry { key, value -> Step in
                        guard key.compare(range.lower.span.bytes) >= 0 else { return .leave }
                        return try visit(key, value) ? .goOn : .stop
                    }
                    if step == .stop { return false }
                    if step == .leave { break }
                    more = try cursor.previous()
                }
            }
            return true
        }
    }

    private static func backward(
        _ ranges: [KeyRange], byKeysOf components: Int, in database: Database,
        _ txn: borrowing some ReadableTransaction & ~Copyable, _ visit: Visit
    ) throws -> Bool {
        try txn.withCursor(in: database) { cursor in
            for range in ranges.reversed() {
                var more = try seekLast(of: range, &cursor)
                while more {
                    let prefix = try cursor.withEntry { key, _ -> [UInt8]? in
                        guard key.compare(range.lower.span.bytes) >= 0 else { return nil }
                        let parts = try EntryLayout.split(entry: key, components: components)
                        return key.extracting(first: parts.indexKeyLength).copied
                    }
                    guard let prefix else { break }
                    guard try visitKey(prefix, range, &cursor, visit) else { return false }
                    more = try seek(prefix, &cursor) && cursor.previous()
                }
            }
            return true
        }
    }

    /// How many entries lie in the ranges, counted to `limit` and no further.
    static func count(
        _ ranges: [KeyRange], in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable, limit: Int
    ) throws -> Int {
        var count = 0
        guard limit > 0 else { return 0 }
        _ = try forward(ranges, in: database, txn) { _, _ in
            count += 1
            return count < limit
        }
        return count
    }

    private enum Step { case goOn, leave, stop }

    private static func visitKey(
        _ prefix: [UInt8], _ range: KeyRange, _ cursor: inout Cursor, _ visit: Visit
    ) throws -> Bool {
        var more = try seek(prefix, &cursor)
        while more {
            let step = try cursor.withEntry { key, value -> Step in
                guard key.starts(with: prefix.span.bytes) else { return .leave }
                guard range.contains(key) else { return .goOn }
                return try visit(key, value) ? .goOn : .stop
            }
            if step == .stop { return false }
            if step == .leave { break }
            more = try cursor.next()
        }
        return true
    }

    /// Moves to the first key at or after `bound`.
    ///
    /// LMDB seeks by keys of 1 to 511 bytes; a longer bound's beginning leads to keys that may sort before it, whose
    /// records the whole predicate tells apart.
    private static func seek(_ bound: [UInt8], _ cursor: inout Cursor) throws -> Bool {
        if bound.isEmpty { return try cursor.first() }
        return try cursor.seek(atOrAfter: Array(bound.prefix(keyBytesMax)))
    }

    private static func seekLast(of range: KeyRange, _ cursor: inout Cursor) throws -> Bool {
        guard let upper = range.upper else { return try cursor.last() }
        guard try seek(upper, &cursor) else { return try cursor.last() }
        // A bound that was cut for the seek may lead to a key below itself.
        let isBelow = cursor.withEntry { key, _ in range.isBelowUpper(key) }
        return try isBelow || cursor.previous()
    }

    /// LMDB's limit.
    private static let keyBytesMax = 511
}
