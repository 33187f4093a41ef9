internal import CHints

extension ReadTransaction {
    /// Steps over up to `limit` entries from the first whose key is `start` or comes after it (nil: the first of all).
    ///
    /// - Returns: how many entries there were, `limit` at the most, and the key behind them, nil at the end.
    ///
    /// Whole leaves are counted by their heads, so that it costs a small part of what a cursor's moves would: it is
    /// how ranges of equal size are found in a large table.
    public func step(over limit: Int, from start: [UInt8]?, in db: Database) throws -> (stepped: Int, next: [UInt8]?) {
        let shape = try statistics(of: db)
        // Keys of integers are shown beside their pages.
        let isPlain = shape.flags.isDisjoint(with: [.duplicates, .integerKeys])
        let hasLeaves = shape.pageBytes == TreePage.byteCount && isPlain
        return try withCursor(in: db) { cursor in
            var isThere = try start.map { try cursor.seek(atOrAfter: $0) } ?? cursor.first()
            var stepped = 0
            while isThere, stepped < limit {
                let taken = hasLeaves ? try cursor.position.skipWithinLeaf(atMost: limit - stepped) : 0
                isThere = try cursor.next()
                stepped += taken + 1
            }
            return (stepped, isThere ? cursor.key : nil)
        }
    }
}

extension CursorPosition {
    private static let leavesAhead = 4

    /// Moves towards the last entry of the leaf, over fewer than `limit` entries; how many it moved over.
    ///
    /// 0, and it stays where it is, if the entry's page does not look like a leaf.
    mutating func skipWithinLeaf(atMost limit: Int) throws -> Int {
        guard let leaf = unsafe TreePage(around: keyBytes) else { return 0 }
        guard let place = unsafe leaf.place(of: keyBytes) else { return 0 }
        let target = place + min(leaf.count - 1 - place, limit - 1)
        guard target > place, let key = unsafe leaf.key(at: target) else { return 0 }
        unsafe fetchNextLeaf(likeThisOne: key)
        // Within the page it is at, LMDB finds a key without going down the tree.
        guard try seek(exactly: unsafe key.bytes) else { throw disagreement(target) }
        return target - place
    }

    /// Asks for what will be read of the leaves that were most likely written next: their heads, and their first and
    /// last keys, which lie where this one's do if the records are of like sizes.
    private func fetchNextLeaf(likeThisOne last: UnsafeRawBufferPointer) {
        guard let first = unsafe keyBytes.baseAddress, let last = last.baseAddress else { return }
        let head = unsafe first - Int(UInt(bitPattern: first) & UInt(TreePage.byteCount - 1))
        for page in 1...CursorPosition.leavesAhead {
            let distance = page * TreePage.byteCount
            unsafe gapless_prefetch(head + distance)
            unsafe gapless_prefetch(first + distance)
            unsafe gapless_prefetch(last + distance)
        }
    }

    private func disagreement(_ place: Int) -> LMDBError {
        let context = "stepping to entry \(place) of a leaf: its key is not found"
        return LMDBError(code: .corrupted, call: "mdb_cursor_get", context: context)
    }
}
