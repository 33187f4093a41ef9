internal import CLMDB

/// A snapshot that can be read: a `ReadTransaction`, or a `WriteTransaction` with what it wrote itself.
public protocol ReadableTransaction: ~Copyable {
    /// What the running transaction owns.
    var scope: TransactionScope { get }
}

/// One snapshot; see `Environment.read`.
public struct ReadTransaction: ~Copyable, ReadableTransaction {
    /// What the running transaction owns.
    public let scope: TransactionScope

    init(scope: TransactionScope) { self.scope = scope }
}

extension ReadableTransaction where Self: ~Copyable {
    /// The transaction that made the snapshot; of a write transaction its own number.
    public var id: UInt64 { UInt64(unsafe mdb_txn_id(scope.pointer)) }

    /// Calls `body` with the bytes under `key`, which lie in the map and stay there until it returns.
    ///
    /// Within a write transaction `body` must not change anything: copy the bytes first.
    ///
    /// - Returns: what `body` returns, or nil when the key is not there.
    public func withValue<R>(of key: RawSpan, in db: Database, _ body: (RawSpan) throws -> R) throws -> R? {
        let handle = try scope.handle(of: db)
        if let error = scope.injected("lmdb.get", "mdb_get", db.name, key) { throw error }
        var value = unsafe MDB_val()
        if let folding = db.folding { return try withFoundKey(scope.find(key, folding, handle), key, in: db, body) }
        let status = unsafe IntegerKey.withStored(key, db.isIntegerKeyed) { key in
            unsafe mdb_get(scope.pointer, handle, &key, &value)
        }
        guard let status, status != MDB_NOTFOUND else { return nil }
        if status != MDB_SUCCESS {
            throw scope.failure(status, "mdb_get", "reading a key of \(key.byteCount) bytes of \(db.name)")
        }
        unsafe scope.liveViews += 1
        defer { unsafe scope.liveViews -= 1 }
        return try body(unsafe value.buffer.bytes)
    }

    private func withFoundKey<R>(
        _ status: Int32, _ key: RawSpan, in db: Database, _ body: (RawSpan) throws -> R
    ) throws -> R? {
        if status == MDB_NOTFOUND { return nil }
        if status != MDB_SUCCESS {
            throw scope.failure(status, "mdb_cursor_get", "finding a key of \(key.byteCount) bytes in \(db.name)")
        }
        unsafe scope.liveViews += 1
        defer { unsafe scope.liveViews -= 1 }
        return try body(RawSpan())
    }

    /// A copy of the bytes under `key`, or nil when it is not there.
    public func value(of key: [UInt8], in db: Database) throws -> [UInt8]? {
        try unsafe withValue(of: key.span.bytes, in: db) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    }

    /// Calls `body` with a cursor over the database, which ends with it.
    ///
    /// With `readingAhead` each move also fetches the memory that later moves will read: for walks of many entries in
    /// order. Over a few entries it costs more than it saves.
    public func withCursor<R>(
        in db: Database, readingAhead: Bool = false, _ body: (inout Cursor) throws -> R
    ) throws -> R {
        var cursor = Cursor(position: try CursorPosition(scope: scope, db: db, readsAhead: readingAhead))
        defer { cursor.position.close() }
        return try body(&cursor)
    }
}

extension ReadableTransaction where Self: ~Copyable {
    /// The database of that name.
    ///
    /// - Throws: `notFound` when this snapshot has none.
    public func database(_ name: String) throws -> Database { try scope.database(name) }

    /// The database of that name, or nil when this snapshot has none.
    public func databaseIfPresent(_ name: String) throws -> Database? { try scope.databaseIfPresent(name) }

    /// The database of that name, whose keys are folded in this way.
    ///
    /// - Throws: `notFound` when this snapshot has none; `incompatible` when it is none for folded keys.
    public func database(_ name: String, folding: any KeyFolding) throws -> Database {
        try scope.folded(scope.database(name), folding)
    }

    /// The names of all databases, sorted by their bytes.
    ///
    /// LMDB keeps them in the unnamed database, beside whatever other programs put there: an entry counts when its
    /// value has the form of a database's description.
    public func databaseNames() throws -> [String] {
        let main = Database(
            name: "", handle: scope.environment.mainHandle, isIntegerKeyed: false, resolvedIn: scope.serial)
        return try withCursor(in: main) { cursor in
            var names: [String] = []
            while try cursor.next() {
                let name = cursor.withEntry { key, value in
                    DatabaseDescription(value) == nil
                        ? nil : unsafe key.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
                }
                if let name { names.append(name) }
            }
            return names
        }
    }

    /// The size and shape of a database's tree.
    public func statistics(of db: Database) throws -> DatabaseStatistics {
        var stat = MDB_stat()
        let status = try unsafe mdb_stat(scope.pointer, scope.handle(of: db), &stat)
        if status != MDB_SUCCESS { throw scope.failure(status, "mdb_stat", "asking for the size of \(db.name)") }
        return DatabaseStatistics(
            entries: Int(stat.ms_entries), depth: Int(stat.ms_depth), branchPages: Int(stat.ms_branch_pages),
            leafPages: Int(stat.ms_leaf_pages), overflowPages: Int(stat.ms_overflow_pages),
            pageBytes: Int(stat.ms_psize), flags: try scope.flags(of: db))
    }
}
