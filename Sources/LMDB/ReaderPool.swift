internal import CLMDB

/// Read transactions that ended and wait to be renewed: cheaper than new ones, which clear room for every handle.
///
/// One that waits holds a reader slot but no snapshot.
@safe
struct ReaderPool: Sendable {
    /// As many as threads that plausibly read at one time.
    static let sizeMax = 16

    /// `@unchecked Sendable`: with MDB_NOTLS a read transaction belongs to no thread; the pool gives it to one.
    @safe
    private struct Waiting: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let environment: Waiting
    private let waiting = Monitor<[Waiting]>([])

    init(environment: OpaquePointer) {
        self.environment = unsafe Waiting(pointer: environment)
    }

    /// Renews one that waits, or begins a new one; gives LMDB's status and, on success, the transaction.
    func begin() -> (status: Int32, transaction: OpaquePointer?) {
        if let last = waiting.withLock({ $0.popLast() }) {
            let status = unsafe mdb_txn_renew(last.pointer)
            if status == MDB_SUCCESS { return unsafe (status, last.pointer) }
            unsafe mdb_txn_abort(last.pointer)
            return (status, nil)
        }
        var begun: OpaquePointer?
        let status = unsafe mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &begun)
        return unsafe (status, begun)
    }

    /// Ends a transaction and keeps it for the next, if there is room.
    func put(_ transaction: OpaquePointer) {
        unsafe mdb_txn_reset(transaction)
        let isKept = waiting.withLock { all in
            guard all.count < ReaderPool.sizeMax else { return false }
            unsafe all.append(Waiting(pointer: transaction))
            return true
        }
        if !isKept { unsafe mdb_txn_abort(transaction) }
    }

    /// Ends all that wait.
    func removeAll() {
        waiting.withLock { all in
            for one in all { unsafe mdb_txn_abort(one.pointer) }
            all.removeAll()
        }
    }
}
