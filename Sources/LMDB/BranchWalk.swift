internal import CLMDB

extension ReadTransaction {
    /// Steps over about `limit` entries from the first whose key is `start` or comes after it (nil: the first of all).
    ///
    /// - Returns: about how many entries there were, and a key to go on from, later than `start`, nil at the end.
    ///
    /// Leaves are counted in the branches above them and not read, each for as many entries as the database has a leaf:
    /// it is how ranges of about equal size are found in a table that is larger than memory. Where few leaves are to be
    /// stepped over, or the tree does not look as it should, entries are counted one by one.
    public func step(
        overAbout limit: Int, from start: [UInt8]?, in db: Database
    ) throws -> (stepped: Int, next: [UInt8]?) {
        let shape = try statistics(of: db)
        let isPlain = shape.flags.isEmpty && shape.pageBytes == TreePage.byteCount
        let leaves = Double(limit) * Double(shape.leafPages) / Double(max(shape.entries, 1))
        guard isPlain, shape.depth > 2, leaves >= Double(BranchWalk.leavesMin), leaves < Double(Int32.max),
            var walk = try BranchWalk(from: start, in: db, depth: shape.depth, scope),
            let found = walk.step(over: Int(leaves)), found.next.map({ start?.isBefore($0) ?? true }) ?? true
        else { return try step(over: limit, from: start, in: db) }
        guard found.next == nil else { return (limit, found.next) }
        return (min(Int((Double(limit) * Double(found.leaves) / leaves).rounded()), limit), nil)
    }
}

/// A way down the branches of a tree to the page above a leaf, and on from leaf to leaf.
@safe
struct BranchWalk {
    /// Fewer leaves are stepped over by reading them.
    static let leavesMin = 16

    private struct Level {
        var page: BranchPage
        var place: Int
    }

    private let pages: MappedPages
    /// From the root to the branch above the leaf.
    private var levels: [Level] = []

    /// The way to the leaf that has `start`; nil if the tree does not look as it should.
    init?(from start: [UInt8]?, in db: Database, depth: Int, _ scope: TransactionScope) throws {
        guard let root = try BranchWalk.root(of: db, scope), let pages = try BranchWalk.pages(of: db, scope) else {
            return nil
        }
        self.pages = pages
        let isThere = descend(to: root, levels: depth - 1) { page in start.map { page.place(of: $0) } ?? 0 }
        guard isThere else { return nil }
    }

    /// Steps over so many leaves: how many there were, and the key that the next one begins at, nil at the end; nil if
    /// the tree does not look as it should.
    mutating func step(over leaves: Int) -> (leaves: Int, next: [UInt8]?)? {
        var left = leaves
        while let branch = levels.last {
            let here = branch.page.count - branch.place
            if left < here {
                guard let key = unsafe branch.page.key(branch.place + left) else { return nil }
                return unsafe (leaves, Array(key))
            }
            left -= here
            let depth = levels.count
            // Up to where there is a next branch, and down again to its first one.
            repeat { levels.removeLast() } while levels.last.map({ $0.place + 1 == $0.page.count }) ?? false
            guard var above = levels.popLast() else { return (leaves - left, nil) }
            above.place += 1
            levels.append(above)
            guard let key = unsafe above.page.key(above.place), let child = above.page.child(above.place) else {
                return nil
            }
            if left == 0 { return unsafe (leaves, Array(key)) }
            guard descend(to: child, levels: depth - levels.count, { _ in 0 }) else { return nil }
        }
        return nil
    }

    /// Goes down so many levels from the page with this number, each time to the child that `choose` names.
    private mutating func descend(to root: Int, levels count: Int, _ choose: (BranchPage) -> Int?) -> Bool {
        var number = root
        for _ in 0..<count {
            guard let page = BranchPage(number: number, of: pages), let place = choose(page) else { return false }
            guard let child = page.child(place) else { return false }
            levels.append(Level(page: page, place: place))
            number = child
        }
        return true
    }

    /// The page number of a database's root: the last of the eight words that the main database has under its name.
    private static func root(of db: Database, _ scope: TransactionScope) throws -> Int? {
        let name = Array(db.name.utf8)
        return try unsafe name.withUnsafeBytes { bytes in
            var key = unsafe MDB_val(bytes)
            var value = unsafe MDB_val()
            let status = unsafe mdb_get(scope.pointer, scope.environment.mainHandle, &key, &value)
            if status != MDB_SUCCESS { throw scope.failure(status, "mdb_get", "looking for the root of \(db.name)") }
            let record = unsafe value.buffer
            guard record.count == 48 else { return nil }
            return Int(exactly: unsafe record.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
        }
    }

    /// The map's pages, found by any key of the database.
    private static func pages(of db: Database, _ scope: TransactionScope) throws -> MappedPages? {
        var position = try CursorPosition(scope: scope, db: db)
        defer { position.close() }
        guard try position.first() else { return nil }
        var info = unsafe MDB_envinfo()
        let status = unsafe mdb_env_info(scope.environment.environment, &info)
        if status != MDB_SUCCESS { throw scope.failure(status, "mdb_env_info", "asking for the size of the map") }
        let lastPage = unsafe min(info.me_last_pgno, info.me_mapsize / TreePage.byteCount - 1)
        return unsafe MappedPages(around: position.keyBytes, lastPage: lastPage)
    }
}

extension [UInt8] {
    fileprivate func isBefore(_ other: [UInt8]) -> Bool { lexicographicallyPrecedes(other) }
}
