internal import CLMDB
internal import Synchronization

extension Environment {
    /// Runs `body` on one snapshot of the environment.
    ///
    /// *The body may run more than once* (a database is used for the first time, another process grew the map): it must
    /// have no effect but its result. Blocks only while the map is replaced. The snapshot keeps pages that later
    /// transactions free from being used again, so it should be short. A read inside a read of the same thread is
    /// another snapshot; a read inside a write of the same thread stops the process.
    ///
    /// - Throws: what `body` throws; `LMDBError`, such as `readersFull`.
    @available(*, noasync)
    public func read<R>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        while true {
            gate.enterRead()
            let outcome = Result { try readOnce(body) }
            let departure = gate.leave()
            // Inside another read this result does not matter: the outer one runs again.
            guard let restart = departure.restart, departure.isOutermost else { return try outcome.get() }
            try prepare(for: restart)
        }
    }

    /// Runs `body` as the only writer of all processes; commits when it returns and aborts when it throws.
    ///
    /// *The body may run more than once* (the map was full and grew, a database is used for the first time): it must
    /// have no effect but what it writes here and its result; count and announce after `write` has returned. Blocks
    /// until the writer lock is free. Inside another transaction of the same thread it stops the process.
    ///
    /// - Throws: what `body` throws; `LMDBError` of the commit (nothing is kept); `mapFull` if the map cannot grow.
    ///
    /// `passingShutGate`: also while `writerGate` is shut, for those on whose behalf it is.
    @available(*, noasync)
    public func write<R>(
        passingShutGate: Bool = false, _ body: (borrowing WriteTransaction) throws -> R
    ) throws -> R {
        try writeRepeatedly(isAnnounced: true, passingShutGate, body)
    }

    /// As `write`, but without a place in the queue that `writerGate` counts: for whoever gives way to that queue.
    @available(*, noasync)
    public func writeAsLoader<R>(
        passingShutGate: Bool = false, _ body: (borrowing WriteTransaction) throws -> R
    ) throws -> R {
        try writeRepeatedly(isAnnounced: false, passingShutGate, body)
    }

    /// Waits, outside any transaction, until the writers that wait now had their turn; see `WriterGate.giveWay`.
    @available(*, noasync)
    @discardableResult
    public func giveWay(atMostMicroseconds: Int) -> Int {
        writerGate.giveWay(atMostMicroseconds: atMostMicroseconds)
    }

    private func readOnce<R>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        let pointer = try unsafe beginRead()
        defer { unsafe readers.put(pointer) }
        let scope = unsafe TransactionScope(environment: self, pointer: pointer, isWrite: false, handleGeneration: 0)
        return try body(ReadTransaction(scope: scope))
    }

    private func beginRead() throws -> OpaquePointer {
        try requireMap()
        if let error = injected("lmdb.read", "mdb_txn_begin", "a snapshot") { throw error }
        var (status, pointer) = unsafe readers.begin()
        if status == MDB_READERS_FULL, try staleReadersCleared() > 0 { unsafe (status, pointer) = readers.begin() }
        if status == MDB_MAP_RESIZED { gate.note(.remap) }
        try check(status, "mdb_txn_begin", "beginning to read \(directory)")
        guard let pointer = unsafe pointer else { fatalError("mdb_txn_begin succeeded without a transaction") }
        return unsafe pointer
    }

    private func writeRepeatedly<R>(
        isAnnounced: Bool, _ passesShutGate: Bool, _ body: (borrowing WriteTransaction) throws -> R
    ) throws -> R {
        var reservesHandles = false
        if !passesShutGate { writerGate.waitWhileShut() }
        while true {
            let announcedAt = isAnnounced ? writerGate.announce() : nil
            gate.enterWrite()
            let outcome = Result { try writeOnce(announcedAt, reservesHandles, body) }
            guard let restart = gate.leave().restart else { return try outcome.get() }
            reservesHandles = reservesHandles || restart == .reserveHandles
            try prepare(for: restart)
        }
    }

    private func writeOnce<R>(
        _ announcedAt: UInt64?, _ reservesHandles: Bool, _ body: (borrowing WriteTransaction) throws -> R
    ) throws -> R {
        let scope = try beginWrite(announcedAt)
        let holder = writerGate.hold(isAnnounced: announcedAt != nil)
        defer {
            writerGate.release(holder)
            scope.unlockHandles()
        }
        let value: R
        do {
            if reservesHandles { try scope.lockHandles() }
            value = try body(WriteTransaction(scope: scope))
            // A body may have caught the error; its transaction is spoilt all the same.
            if gate.mustRestart { throw RestartSignal() }
            if let error = injected("lmdb.commit", "mdb_txn_commit", announcedAt != nil ? "writer" : "loader") {
                throw error
            }
        } catch {
            unsafe mdb_txn_abort(scope.pointer)
            throw error
        }
        let status = unsafe mdb_txn_commit(scope.pointer)
        if status == MDB_MAP_FULL { noteFullMap() }
        try check(status, "mdb_txn_commit", "committing to \(directory), of which nothing was kept")
        handles.withLock { cache in cache.merge(scope.created) { _, new in new } }
        _ = injected("lmdb.commit.after", "mdb_txn_commit", announcedAt != nil ? "writer" : "loader")
        return value
    }

    private func beginWrite(_ announcedAt: UInt64?) throws -> TransactionScope {
        defer { if let announcedAt { writerGate.admit(since: announcedAt) } }
        try requireMap()
        if let error = injected("lmdb.begin", "mdb_txn_begin", announcedAt != nil ? "writer" : "loader") { throw error }
        let generation = gate.handleGeneration
        var begun: OpaquePointer?
        waitingSinceNanoseconds.store(GatePage.nanoseconds(), ordering: .releasing)
        let status = unsafe mdb_txn_begin(environment, nil, 0, &begun)
        waitingSinceNanoseconds.store(0, ordering: .releasing)
        if status == MDB_MAP_RESIZED { gate.note(.remap) }
        try check(status, "mdb_txn_begin", "beginning to write \(directory)")
        guard let pointer = unsafe begun else { fatalError("mdb_txn_begin succeeded without a transaction") }
        return unsafe TransactionScope(
            environment: self, pointer: pointer, isWrite: true, handleGeneration: generation)
    }

    /// Does, outside any transaction, what one lacked.
    private func prepare(for restart: TransactionGate.Restart) throws {
        switch restart {
        case .openHandle(let name): try openHandle(name)
        case .reserveHandles: break
        case .remap: try remap()
        case .grow(let fromBytes): try grow(fromBytes: fromBytes)
        }
    }
}
