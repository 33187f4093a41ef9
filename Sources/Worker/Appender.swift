internal import Backfill
internal import LMDB
internal import Ledger
internal import Runs
internal import Runtime
internal import Tables

/// Appends sorted entries to an index in short fenced transactions, and gives way to whoever else wants to write.
struct Appender {
    /// Bytes of entries in one transaction at the most: a bound on its dirty pages.
    static let transactionBytes = 4 << 20
    /// How long one transaction goes on appending while nobody waits, in microseconds: twice as long as the commit
    /// before took, so that a slow disk does not spend its time on commits; bounded, since writers of other programs do
    /// not announce themselves.
    static let holdMicroseconds: ClosedRange<Int64> = 5_000...10_000
    /// The least and the most that a transaction goes on appending although a writer waits, in microseconds: as long as
    /// the commit before took, or every put of an application would cost the loader a commit for a handful of entries.
    static let appendMicroseconds: ClosedRange<Int64> = 500...4_000
    /// Entries between looks at the clock and at waiting writers.
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
    /// Bytes of entries in one transaction.
    var transactionBytes = Appender.transactionBytes

    /// The database that takes the entries.
    var database: String { Store.indexDatabase(index: index.index, generation: UInt32(index.generation)) }

    /// The last entry that stands in the index; none in an empty one.
    func lastEntry() throws -> [UInt8] {
        try store.read { txn in
            try txn.withCursor(in: txn.database(database)) { cursor in
                try cursor.last() ? cursor.key : []
            }
        }
    }

    /// Appends a whole batch, in as many transactions as it takes.
    func append(_ batch: Batch) throws {
        var position = 0
        var commit: Int64 = 0
        while position < batch.entries.count {
            try pauseBetween()
            let start = position
            let hold = min(
                max(2 * commit, Appender.holdMicroseconds.lowerBound), Appender.holdMicroseconds.upperBound)
            let patience = min(
                max(commit, Appender.appendMicroseconds.lowerBound), Appender.appendMicroseconds.upperBound)
            // The body may run more than once; the position moves only after the commit.
            position = try Retrying(control: control).run {
                var appendedAt: Int64 = 0
                let end = try store.environment.writeAsLoader { txn in
                    let end = try appendSome(of: batch, from: start, hold: hold, patience: patience, in: txn)
                    appendedAt = ShellClock.microseconds()
                    return end
                }
                commit = ShellClock.microseconds() - appendedAt
                return end
            }
            control.update { $0.entries += UInt64(position - start) }
        }
    }

    /// Appends until the transaction is large, or `hold` microseconds old, or `patience` old and a writer waits.
    private func appendSome(
        of batch: Batch, from start: Int, hold: Int64, patience: Int64, in txn: borrowing WriteTransaction
    ) throws -> Int {
        _ = try ledger.confirm(lease, of: holder, building: index, in: txn)
        let began = ShellClock.microseconds()
        let gate = store.environment.writerGate
        return try txn.withWriteCursor(in: txn.database(database)) { cursor in
            var position = start
            var bytes = 0
            while position < batch.entries.count, bytes < transactionBytes {
                try batch.entries.withEntry(at: position) { entry in
                    bytes += entry.byteCount
                    try cursor.put(entry, RawSpan(), .append)
                }
                position += 1
                guard (position - start).isMultiple(of: Appender.entriesPerLook) else { continue }
                let age = ShellClock.microseconds() - began
                if age >= hold || (age >= patience && gate.waiting > 0) { break }
            }
            return position
        }
    }

    /// Removes all entries, in bounded transactions.
    func empty() throws {
        var isEmpty = false
        while !isEmpty {
            try pauseBetween()
            isEmpty = try Retrying(control: control).run {
                try store.environment.writeAsLoader { txn in
                    _ = try ledger.confirm(lease, of: holder, building: index, in: txn)
                    return try txn.withWriteCursor(in: txn.database(database)) { cursor in
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
        store.environment.giveWay(atMostMicroseconds: Appender.pauseMicroseconds)
    }
}
