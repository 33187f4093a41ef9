internal import CLMDB

/// The one transaction that writes, and reads what it wrote; see `Environment.write`.
public struct WriteTransaction: ~Copyable, ReadableTransaction {
    /// What the running transaction owns.
    public let scope: TransactionScope

    init(scope: TransactionScope) { self.scope = scope }

    /// The database of that name, made if there is none.
    ///
    /// - Throws: `incompatible` when it is there with other flags; `databasesFull`.
    public func createDatabase(_ name: String, flags: DatabaseFlags = []) throws -> Database {
        try scope.createDatabase(name, flags)
    }

    /// The database of that name for keys that are folded in this way, made if there is none.
    ///
    /// - Throws: as `createDatabase(_:flags:)`.
    public func createDatabase(_ name: String, folding: any KeyFolding) throws -> Database {
        try scope.folded(scope.createDatabase(name, .folded), folding)
    }

    /// Puts `value` under `key`, of 1 to 511 bytes. In a database of folded keys the value must be empty.
    ///
    /// - Throws: `badValueSize`; `keyExists` as the flags say; `transactionFull`: too much for one transaction.
    public func put(_ key: RawSpan, _ value: RawSpan, in db: Database, _ flags: PutFlags = []) throws {
        if db.isFolded { return try withWriteCursor(in: db) { try $0.put(key, value, flags) } }
        let handle = try scope.handle(of: db)
        scope.willChange(handle)
        if let error = scope.injected("lmdb.put", "mdb_put", db.name, key) { throw error }
        let status = unsafe IntegerKey.withStored(key, db.isIntegerKeyed) { key in
            unsafe value.withUnsafeBytes { valueBytes in
                var value = unsafe MDB_val(valueBytes)
                return unsafe mdb_put(scope.pointer, handle, &key, &value, flags.rawValue)
            }
        }
        guard let status else { throw IntegerKey.wrongSize(key.byteCount, call: "mdb_put", db.name) }
        if status != MDB_SUCCESS {
            let sizes = "\(value.byteCount) bytes under a key of \(key.byteCount) bytes"
            throw scope.failure(status, "mdb_put", "putting \(sizes) into \(db.name)")
        }
    }

    /// Puts `value` under `key`, of 1 to 511 bytes.
    public func put(_ key: [UInt8], _ value: [UInt8], in db: Database, _ flags: PutFlags = []) throws {
        try unsafe put(key.span.bytes, value.span.bytes, in: db, flags)
    }

    /// Deletes the entry under `key`; false when there is none.
    @discardableResult
    public func delete(_ key: RawSpan, in db: Database) throws -> Bool {
        let handle = try scope.handle(of: db)
        scope.willChange(handle)
        if let error = scope.injected("lmdb.delete", "mdb_del", db.name, key) { throw error }
        let status = unsafe db.folding.map { folding in
            unsafe scope.withFolded(key, folding) { unsafe mdb_del(scope.pointer, handle, &$0, &$1) }
        } ?? IntegerKey.withStored(key, db.isIntegerKeyed) { key in
            unsafe mdb_del(scope.pointer, handle, &key, nil)
        }
        guard let status, status != MDB_NOTFOUND else { return false }
        if status != MDB_SUCCESS {
            throw scope.failure(status, "mdb_del", "deleting a key of \(key.byteCount) bytes from \(db.name)")
        }
        return true
    }

    /// Deletes the entry under `key`; false when there is none.
    @discardableResult
    public func delete(_ key: [UInt8], in db: Database) throws -> Bool { try unsafe delete(key.span.bytes, in: db) }

    /// Deletes the database, whose name should not be used again.
    ///
    /// Waits until no other thread of this process is in a transaction. Frees all its pages at once: empty a large
    /// database in several transactions first.
    public func drop(_ db: Database) throws { try scope.drop(db) }

    /// Deletes all entries at once; empty a large database in several transactions instead.
    public func removeAll(in db: Database) throws {
        let handle = try scope.handle(of: db)
        scope.willChange(handle)
        let status = unsafe mdb_drop(scope.pointer, handle, 0)
        if status != MDB_SUCCESS { throw scope.failure(status, "mdb_drop", "emptying \(db.name)") }
    }

    /// Calls `body` with a cursor that can change the database, which ends with it.
    public func withWriteCursor<R>(in db: Database, _ body: (inout WriteCursor) throws -> R) throws -> R {
        var cursor = WriteCursor(position: try CursorPosition(scope: scope, db: db))
        defer { cursor.position.close() }
        return try body(&cursor)
    }
}
