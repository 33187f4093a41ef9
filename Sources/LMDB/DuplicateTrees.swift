internal import CLMDB

extension ReadableTransaction where Self: ~Copyable {
    /// As `statistics(of:)`, with the pages of trees that keys have for themselves because they have many duplicates.
    ///
    /// It moves over every key of a database with duplicates: for those who measure.
    public func wholeStatistics(of db: Database) throws -> DatabaseStatistics {
        let own = try statistics(of: db)
        guard own.flags.contains(.duplicates) else { return own }
        let trees = try withCursor(in: db) { try $0.position.duplicateTrees() }
        return DatabaseStatistics(
            entries: own.entries, depth: own.depth, branchPages: own.branchPages + trees.branchPages,
            leafPages: own.leafPages + trees.leafPages, overflowPages: own.overflowPages, pageBytes: own.pageBytes,
            flags: own.flags)
    }
}

extension CursorPosition {
    /// Bytes of a node before its key, where its flags are, and the flag of one that holds a tree (`MDB_node`).
    private static let flagsOffset = -4
    private static let treeFlag: UInt16 = 0x02

    /// The sum of the pages of all trees of duplicates.
    fileprivate mutating func duplicateTrees() throws -> (branchPages: Int, leafPages: Int) {
        var sum = (branchPages: 0, leafPages: 0)
        var (key, value) = unsafe (MDB_val(), MDB_val())
        var status = unsafe mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
        while status == MDB_SUCCESS {
            if let start = unsafe key.mv_data {
                let flags = unsafe start.loadUnaligned(fromByteOffset: Self.flagsOffset, as: UInt16.self)
                if flags & Self.treeFlag != 0 {
                    let tree = unsafe DatabaseDescription.pages(at: start + key.mv_size)
                    sum = (sum.branchPages + tree.branch, sum.leafPages + tree.leaf)
                }
            }
            status = unsafe mdb_cursor_get(cursor, &key, &value, MDB_NEXT_NODUP)
        }
        guard status == MDB_NOTFOUND else {
            throw scope.failure(status, "mdb_cursor_get", "moving over the keys of a database with duplicates")
        }
        return sum
    }
}
