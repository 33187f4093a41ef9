public import LMDB
public import Values

/// The digest of a part of an index, read back.
public struct DigestPart: Hashable, Sendable {
    /// What the entries of the part sum up to.
    public var digest: EntryDigest
    /// The last entry read; nil if there was none.
    public var last: [UInt8]?
    /// Whether the part reaches the end of the index.
    public var isEnd: Bool
}

extension Store {
    /// Reads entries of a generation's index back, from the one after `after`, at most `limit`, and sums them up.
    ///
    /// In parts, so that no snapshot lives long (L5): only a loader writes to that database until it is published, so
    /// parts of different snapshots add up as long as the caller fences the load.
    public func loadedDigest(
        _ index: IndexRecord, generation: UInt32, after: [UInt8]? = nil, limit: Int,
        in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> DigestPart {
        let entries = try entries(of: index, generation: generation, in: txn)
        var part = DigestPart(digest: .zero, last: nil, isEnd: true)
        try txn.withCursor(in: entries) { cursor in
            var more = try cursor.first(after: after)
            var count = 0
            while more, count < limit {
                cursor.withEntry { entry, _ in part.digest.add(entry: entry) }
                count += 1
                if count == limit { part.last = cursor.key }
                more = try cursor.next()
            }
            part.isEnd = !more
            if part.isEnd, count > 0, try cursor.last() { part.last = cursor.key }
        }
        return part
    }
}

extension Cursor {
    /// Moves to the first entry, or to the first one after `key`; false if there is none.
    mutating func first(after key: [UInt8]?) throws -> Bool {
        guard let key else { return try first() }
        guard try seek(atOrAfter: key) else { return false }
        return self.key == key ? try next() : true
    }
}
