internal import Backfill
internal import Faults
internal import Glibc
internal import LMDB
internal import Ledger
internal import Runs
internal import Runtime
internal import Supervision
internal import Tables

/// Appends sorted entries to an index in short fenced transactions, and gives way to whoever else wants to write.
struct Appender {
    /// Bytes of entries in one transaction, from which on it ends at the next look: a bound on its dirty pages.
    static let transactionBytes = 4 << 20
    /// How long one transaction goes on while nobody waits, in microseconds: most batches whole, on a fast machine;
    /// bounded, since writers of other programs do not announce themselves.
    static let holdMicroseconds: Int64 = 10_000
    /// Entries between looks at the bytes, at the clock and at waiting writers.
    static let entriesPerLook = 256
    /// The pause after each commit, in microseconds: LMDB's write lock is not fair, and who begins again at once
    /// starves writers that do not announce themselves.
    static let pauseMicroseconds = 200
    /// Entries removed in one transaction when an index is emptied.
    static let entriesPerRemoval = 5_000

    let store: Store
    let ledger: Ledger
    let lease: Lease
    let holder: Nonce
    let index: JobIndex
    let control: WorkControl
    /// What an operator allows.
    let throttling: Throttling
    /// Bytes of entries in one transaction.
    let transactionBytes: Int
    /// Entries between looks at the bytes, at the clock and at waiting writers.
    var entriesPerLook = Appender.entriesPerLook
    /// How long one transaction goes on while nobody waits, in microseconds.
    var holdMicroseconds = Appender.holdMicroseconds
    /// How long it goes on although a writer waits, in microseconds; nil: as the ones before went.
    var patienceMicroseconds: Int64?
    /// Whether a writer waits for the lock.
    var isAwaited: (Environment) -> Bool = { $0.writerGate.waiting > 0 }
    /// Whether this thread's waking up breaks off the turn of another.
    var breakOffTurns: (Bool) -> Void = { BlockingThread.breakOffTurns($0) }

    init(
        store: Store, ledger: Ledger, lease: Lease, holder: Nonce, index: JobIndex, control: WorkControl,
        transactionBytes: Int = Appender.transactionBytes
    ) {
        self.store = store
        self.ledger = ledger
        self.lease = lease
        self.holder = holder
        self.index = index
        self.control = control
        self.transactionBytes = transactionBytes
        throttling = Throttling(store: store, indexes: [index.index], control: control)
    }

    /// The last entry that stands in the index; none in an empty one.
    func lastEntry() throws -> [UInt8] {
        try store.read { txn in
            try txn.withCursor(in: store.entries(of: index, in: txn)) { cursor in
                try cursor.last() ? cursor.key : []
            }
        }
    }

    /// Appends a whole batch, in as many transactions as it takes.
    ///
    /// `size` comes from the batch before: what commits cost does not change between two batches.
    func append(_ batch: Batch, _ size: inout TransactionSize) throws {
        var position = 0
        while position < batch.entries.count {
            try pauseBetween()
            let start = position
            let allowed = try Retrying(control: control).run { try throttling.limit() }
            let began = ShellClock.microseconds()
            // The body may run more than once; the position moves only after the commit.
            position = try Retrying(control: control).run { try append(batch, from: start, atMost: allowed, &size) }
            control.update { $0.entries += UInt64(position - start) }
            throttling.held(microseconds: ShellClock.microseconds() - began)
            try throttling.took(position - start)
        }
    }

    /// One transaction; a transient failure makes the next one smaller.
    private func append(
        _ batch: Batch, from start: Int, atMost allowed: Int, _ size: inout TransactionSize
    ) throws -> Int {
        var reached = start
        do {
            var appendedAt: Int64 = 0
            let limits = size
            let began = ShellClock.microseconds()
            // A writer that gives up the lock wakes this thread, and has yet to tell its own caller of its put.
            let stepsBack = store.environment.writerGate.isInUse
            if stepsBack { breakOffTurns(false) }
            defer { if stepsBack { breakOffTurns(true) } }
            try store.environment.writeAsLoader(passingShutGate: true) { txn in
                if stepsBack { breakOffTurns(true) }
                let locked = control.times.add(.lock, since: began)
                reached = start
                try appendSome(of: batch, from: start, to: &reached, limits, atMost: allowed, in: txn)
                appendedAt = control.times.add(.append, since: locked)
            }
            size.committed(inMicroseconds: control.times.add(.commit, since: appendedAt) - appendedAt)
            control.times.countTransaction()
        } catch  where FailureKind(error) == .transient {
            size.failed(after: reached - start)
            throw error
        }
        Faults.passed(.loadAppendAfter)
        return reached
    }

    /// Appends until the transaction is as large or as old as it may be, or older than a waiting writer need bear.
    private func appendSome(
        of batch: Batch, from start: Int, to position: inout Int, _ size: TransactionSize,
        atMost allowed: Int, in txn: borrowing WriteTransaction
    ) throws {
        _ = try ledger.confirm(lease, of: holder, building: index, in: txn)
        try Faults.point(.loadAppend)
        let began = ShellClock.microseconds()
        let hold = throttling.hold(normal: holdMicroseconds)
        let patience = throttling.hold(normal: patienceMicroseconds ?? size.patience)
        let database = try store.entries(of: index, in: txn)
        // Asked once: a copy of what folds the keys with every entry was a tenth of a load.
        let isFolded = database.isFolded
        try txn.withWriteCursor(in: database) { cursor in
            var bytes = 0
            let end = start + min(batch.entries.count - start, size.entries, allowed)
            while position < end, bytes < transactionBytes {
                let next = min(position + entriesPerLook, end)
                try append(of: batch, &position, to: next, isFolded, &bytes, &cursor)
                let age = ShellClock.microseconds() - began
                if age >= hold || (age >= patience && isAwaited(store.environment)) { break }
            }
        }
    }

    /// Appends the entries between two looks at the clock; the position is behind those that were appended for certain.
    private func append(
        of batch: Batch, _ position: inout Int, to end: Int, _ isFolded: Bool, _ bytes: inout Int,
        _ cursor: inout WriteCursor
    ) throws {
        guard isFolded else {
            return try batch.entries.forEach(in: position..<end) { entry in
                bytes += entry.byteCount
                try cursor.put(entry, RawSpan(), .append)
                position += 1
            }
        }
        try cursor.append { take in
            try batch.entries.forEach(in: position..<end) { entry in
                bytes += entry.byteCount
                try take(entry)
            }
        }
        position = end
    }

    /// Lists keys of a unique index that several records have, in bounded transactions.
    func noteSharedKeys(_ keys: [[UInt8]], of record: IndexRecord) throws {
        for start in stride(from: 0, to: keys.count, by: Appender.entriesPerRemoval) {
            let some = Array(keys[start..<min(start + Appender.entriesPerRemoval, keys.count)])
            try pauseBetween()
            try Retrying(control: control).run {
                try store.environment.writeAsLoader(passingShutGate: true) { txn in
                    _ = try ledger.confirm(lease, of: holder, building: index, in: txn)
                    try store.noteSharedKeys(some, of: record, generation: UInt32(index.generation), in: txn)
                }
            }
        }
    }

    /// Gives the index the grouped layout, if nothing stands in it yet.
    func group(_ record: IndexRecord) throws {
        try pauseBetween()
        try Retrying(control: control).run {
            try store.environment.writeAsLoader(passingShutGate: true) { txn in
                _ = try ledger.confirm(lease, of: holder, building: index, in: txn)
                try Faults.point(.loadLayout)
                try store.group(record, generation: UInt32(index.generation), in: txn)
            }
        }
        Faults.passed(.loadLayoutAfter)
    }

    /// Removes all entries, in bounded transactions.
    func empty() throws {
        var isEmpty = false
        while !isEmpty {
            try pauseBetween()
            isEmpty = try Retrying(control: control).run {
                try store.environment.writeAsLoader(passingShutGate: true) { txn in
                    _ = try ledger.confirm(lease, of: holder, building: index, in: txn)
                    try Faults.point(.loadAppend)
                    return try txn.withWriteCursor(in: store.entries(of: index, in: txn)) { cursor in
                        for _ in 0..<Appender.entriesPerRemoval {
                            guard try cursor.first() else { return true }
                            try cursor.deleteCurrent()
                        }
                        return false
                    }
                }
            }
        }
    }

    /// Obeys orders, and lets waiting writers in.
    func pauseBetween() throws {
        try control.check()
        if control.order == .cut { throw WorkError(kind: .released, message: "cut between two transactions") }
        let began = ShellClock.microseconds()
        store.environment.giveWay(atMostMicroseconds: Appender.pauseMicroseconds)
        defer { control.times.add(.giveWay, since: began) }
        // Who does not announce itself is not seen: the lock stays free for it all the same.
        let left = Int64(Appender.pauseMicroseconds) - (ShellClock.microseconds() - began)
        if left > 0 { usleep(useconds_t(left)) }
    }
}

extension Store {
    /// The entries of an index of a job.
    func entries(of index: JobIndex, in txn: borrowing some ReadableTransaction & ~Copyable) throws -> Database {
        try entries(of: index.index, generation: UInt32(index.generation), in: txn)
    }
}
