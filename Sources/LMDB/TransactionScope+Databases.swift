internal import CLMDB
internal import Glibc

extension TransactionScope {
    /// Names that are looked through one by one.
    private static let foundMax = 8

    /// The handle of `db` in this transaction; looks its name up if another transaction found it.
    @inline(__always)
    func handle(of db: Database) throws -> MDB_dbi {
        if db.resolvedIn == serial { return db.handle }
        return try database(db.name).handle
    }

    func database(_ name: String) throws -> Database {
        if let found = try databaseIfPresent(name) { return found }
        throw LMDBError(
            code: .notFound, call: "mdb_dbi_open", context: "opening the database \(name) of \(environment.directory)")
    }

    func databaseIfPresent(_ name: String) throws -> Database? {
        for place in unsafe found.indices where unsafe found[place].name == name { return unsafe found[place] }
        // LMDB would read the handle of a database that is not in this snapshot as an empty one, or worse.
        guard try exists(name) else { return nil }
        if let handle = created[name] { return try resolved(name, handle) }
        guard let handle = environment.handles.withLock({ $0[name] }), isKnown(handle) else {
            throw restart(.openHandle(name))
        }
        let database = try resolved(name, handle)
        if !isWrite, unsafe found.count < Self.foundMax {
            if unsafe found.isEmpty { unsafe found.reserveCapacity(Self.foundMax) }
            unsafe found.append(database)
        }
        return database
    }

    private func resolved(_ name: String, _ handle: MDB_dbi) throws -> Database {
        let isIntegerKeyed = try flags(ofHandle: handle, name).contains(.integerKeys)
        return Database(name: name, handle: handle, isIntegerKeyed: isIntegerKeyed, resolvedIn: serial)
    }

    func createDatabase(_ name: String, _ flags: DatabaseFlags) throws -> Database {
        let database = try databaseIfPresent(name) ?? makeDatabase(name, flags)
        guard try self.flags(of: database) == flags else {
            let context = "creating the database \(name) of \(environment.directory), which is there with other flags"
            throw LMDBError(code: .incompatible, call: "mdb_dbi_open", context: context)
        }
        return database
    }

    /// The database as one of keys folded in this way.
    func folded(_ db: Database, _ folding: any KeyFolding) throws -> Database {
        guard try flags(of: db) == .folded else {
            let context = "opening the database \(db.name) of \(environment.directory), which holds no folded keys"
            throw LMDBError(code: .incompatible, call: "mdb_dbi_flags", context: context)
        }
        var database = db
        database.folding = folding
        return database
    }

    func flags(of db: Database) throws -> DatabaseFlags { try flags(ofHandle: handle(of: db), db.name) }

    private func flags(ofHandle handle: MDB_dbi, _ name: String) throws -> DatabaseFlags {
        var flags: UInt32 = 0
        let status = unsafe mdb_dbi_flags(pointer, handle, &flags)
        if status != MDB_SUCCESS { throw failure(status, "mdb_dbi_flags", "asking for the flags of \(name)") }
        return DatabaseFlags(rawValue: flags)
    }

    /// Deletes the database and closes its handle, which nobody else of this process may be using then.
    func drop(_ db: Database) throws {
        let handle = try handle(of: db)
        try lockHandles()
        if let error = injected("lmdb.drop", "mdb_drop", db.name) { throw error }
        willChange(handle)
        let status = environment.gate.withOnlyMeInside {
            environment.handles.withLock { _ = $0.removeValue(forKey: db.name) }
            return unsafe mdb_drop(pointer, handle, 1)
        }
        created[db.name] = nil
        if status != MDB_SUCCESS { throw failure(status, "mdb_drop", "dropping the database \(db.name)") }
    }

    private func makeDatabase(_ name: String, _ flags: DatabaseFlags) throws -> Database {
        try lockHandles()
        if let error = injected("lmdb.create", "mdb_dbi_open", name) { throw error }
        closeLeftoverHandle(name)
        willChange(environment.mainHandle)
        var handle: MDB_dbi = 0
        let status = unsafe mdb_dbi_open(pointer, name, flags.rawValue | UInt32(MDB_CREATE), &handle)
        if status != MDB_SUCCESS { throw failure(status, "mdb_dbi_open", "creating the database \(name)") }
        created[name] = handle
        return try resolved(name, handle)
    }

    /// Closes the handle of a database that another process dropped: with it open LMDB would not create one anew.
    private func closeLeftoverHandle(_ name: String) {
        guard environment.handles.withLock({ $0[name] }) != nil else { return }
        environment.gate.withOnlyMeInside {
            let leftover = environment.handles.withLock { $0.removeValue(forKey: name) }
            if let leftover { unsafe mdb_dbi_close(environment.environment, leftover) }
        }
    }

    /// Whether the handle was open when this transaction began.
    private func isKnown(_ handle: MDB_dbi) -> Bool {
        var flags: UInt32 = 0
        return unsafe mdb_dbi_flags(pointer, handle, &flags) == MDB_SUCCESS
    }

    /// Whether this transaction sees a database or another entry of that name.
    private func exists(_ name: String) throws -> Bool {
        let bytes = Array(name.utf8)
        guard (1...Environment.keyBytesMax).contains(bytes.count), !bytes.contains(0) else {
            let context = "looking for a database whose name has \(bytes.count) bytes or a zero byte: \(name)"
            throw LMDBError(code: .badValueSize, call: "mdb_dbi_open", context: context)
        }
        let status = unsafe bytes.withUnsafeBytes { buffer in
            var key = unsafe MDB_val(buffer)
            var value = unsafe MDB_val()
            return unsafe mdb_get(pointer, environment.mainHandle, &key, &value)
        }
        if status == MDB_NOTFOUND { return false }
        if status != MDB_SUCCESS { throw failure(status, "mdb_get", "looking for the database \(name)") }
        return true
    }
}

extension Environment {
    /// Opens the handle of a database in a read transaction of its own and puts it into the cache.
    func openHandle(_ name: String) throws {
        try gate.withHandlesLockedInside {
            guard handles.withLock({ $0[name] }) == nil else { return }
            let context = "opening the database \(name) of \(directory)"
            var begun: OpaquePointer?
            let status = unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
            // The transaction that runs again will meet it too, and follow.
            if status == MDB_MAP_RESIZED { return }
            try check(status, "mdb_txn_begin", context)
            var handle: MDB_dbi = 0
            let opened = unsafe mdb_dbi_open(begun, name, 0, &handle)
            guard opened == MDB_SUCCESS else {
                unsafe mdb_txn_abort(begun)
                // Dropped meanwhile: the transaction that runs again will see that.
                if opened == MDB_NOTFOUND { return }
                throw LMDBError(status: opened, call: "mdb_dbi_open", context: context)
            }
            try check(unsafe mdb_txn_commit(begun), "mdb_txn_commit", context)
            handles.withLock { $0[name] = handle }
        }
    }
}

extension MDB_val {
    /// Bytes that LMDB reads during one call.
    init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.init(mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
    }

    /// The bytes, valid as LMDB says.
    var buffer: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
