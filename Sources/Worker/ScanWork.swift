internal import Backfill
internal import Faults
internal import LMDB
internal import Ledger
internal import Runs
internal import Runtime
internal import Tables
internal import Values

/// Scans a leased range: extracts the entries of every index in one pass, and writes one sorted run for each.
///
/// The range is read in chunks, each in a short read transaction of its own: a long one would pin freed pages. Memory
/// is bounded: when the entries fill it, the range is cut there and the rest is handed back.
struct ScanWork {
    /// Records read before the transaction's age is looked at.
    static let recordsPerLook = 256
    /// The longest that a chunk's read transaction lives, in microseconds.
    static let chunkMicroseconds: Int64 = 20_000

    let store: Store
    let environment: Nonce
    let control: WorkControl
    /// Memory for entries, of all indexes together, in bytes.
    let memoryBytes: Int
    /// Where that memory is kept between two ranges.
    let shelf: ArenaShelf
    /// Records read between looks at the age of the transaction, at memory and at orders.
    var recordsPerLook = ScanWork.recordsPerLook
    /// How long a chunk's read transaction lives, in microseconds.
    var chunkMicroseconds = ScanWork.chunkMicroseconds
    /// Leaves this thread's processor to a writer that waits or writes; called from time to time in all that computes.
    var yield: @Sendable (Environment) -> Void = { $0.writerGate.yieldToWriters() }
    /// Told of an unfinished run file that could not be removed.
    let report: @Sendable (RunError) -> Void

    func run(_ grant: Grant) throws -> WorkerMessage {
        let assignment = try Assignment(grant, in: store)
        var memory = memoryBytes
        var end = grant.interval.end
        while true {
            let harvest = Harvest(assignment, memoryBytes: memory, from: shelf)
            switch try gather(from: grant.interval.start, to: end, of: assignment, into: harvest) {
            case .reached(let cut):
                return .scanned(try result(harvest, grant, until: cut))
            case .released:
                throw WorkError(kind: .released, message: "cut before the first record")
            case .overflow(let key, let isFirst):
                if isFirst { memory = try enlarged(memory, at: key) } else { end = key }
            }
        }
    }

    /// How gathering ended.
    private enum Ending {
        /// Everything before this key (nil: everything) has been gathered.
        case reached(Key?)
        /// The order to cut came before the first record.
        case released
        /// The entries of the record under this key do not fit; whether it was the first record.
        case overflow(Key, isFirst: Bool)
    }

    private func enlarged(_ memory: Int, at key: Key) throws -> Int {
        guard memory < 1 << 30 else {
            throw WorkError(
                kind: .permanent, message: "the entries of record \(key) alone need more than \(memory) bytes")
        }
        return memory * 2
    }

    private func gather(
        from start: Key?, to end: Key?, of assignment: Assignment, into harvest: Harvest
    ) throws -> Ending {
        let throttling = Throttling(
            store: store, indexes: assignment.grant.indexes.map(\.index), control: control)
        while true {
            try control.check()
            if control.order == .cut {
                guard let last = harvest.lastKey else { return .released }
                return .reached(Key(last).successor)
            }
            let limit = try Retrying(control: control).run { try throttling.limit() }
            let before = harvest.records
            let step = try Retrying(control: control).run {
                try control.times.measure(.scan) {
                    try chunk(from: start, to: end, of: assignment, harvest, limit: limit)
                }
            }
            control.update { progress in
                progress.position = harvest.lastKey.map { Key($0) }
                progress.records = harvest.records
                progress.entries = harvest.entries
            }
            try throttling.took(Int(harvest.records - before))
            switch step {
            case .ended: return .reached(end)
            case .overflow(let key): return .overflow(key, isFirst: harvest.records == 0)
            case .more: continue
            case .full(let last): return .reached(last.successor)
            }
        }
    }

    /// How a chunk ended.
    enum Step: Equatable {
        case ended
        case more
        case full(Key)
        case overflow(Key)
    }

    /// Reads one chunk, from behind the last record in the harvest: so a chunk that is tried again, or whose body runs
    /// again, takes no record twice (W9).
    func chunk(
        from start: Key?, to end: Key?, of assignment: Assignment, _ harvest: Harvest, limit: Int = .max
    ) throws -> Step {
        try Faults.point(.scanChunk)
        return try store.read { txn in
            let records = try store.records(of: assignment.table, in: txn)
            harvest.note(snapshot: txn.id)
            let deadline = ShellClock.microseconds() + chunkMicroseconds
            return try txn.withCursor(in: records, readingAhead: true) { cursor in
                var isThere = try ScanWork.seek(&cursor, behind: harvest.lastKey, from: start)
                var count = 0
                while isThere {
                    let taken = try cursor.withEntry { key, value in
                        if let end, !key.precedes(end.bytes) { return Harvest.Taken.beyond }
                        if assignment.table.isAttached { try ScanWork.check(key, behind: harvest.lastKey, assignment) }
                        return try harvest.take(key, value)
                    }
                    switch taken {
                    case .beyond: return .ended
                    case .overflow: return .overflow(Key(cursor.key))
                    case .taken: break
                    }
                    if harvest.isListFull { return .full(Key(cursor.key)) }
                    count += 1
                    if count >= limit { return .more }
                    if count.isMultiple(of: recordsPerLook) {
                        yield(store.environment)
                        let isLate = ShellClock.microseconds() >= deadline || control.order != .work
                        if harvest.isFull { return .full(Key(cursor.key)) }
                        if isLate { return .more }
                    }
                    isThere = try cursor.next()
                }
                return .ended
            }
        }
    }

    /// Throws if a database of another program is not in the order of its keys' bytes: nothing could say then that a
    /// range was read as a whole.
    private static func check(_ key: RawSpan, behind last: [UInt8]?, _ assignment: Assignment) throws {
        guard let last, !last.span.bytes.precedes(key) else { return }
        throw GaplessError(
            .notAttachable,
            "the keys of \(assignment.table.recordsDatabase), the database of \(assignment.table.name), are not in the "
                + "order of their bytes: the program that owns them compares them in a way of its own")
    }

    private static func seek(_ cursor: inout Cursor, behind last: [UInt8]?, from start: Key?) throws -> Bool {
        guard let first = last ?? start?.bytes else { return try cursor.first() }
        let isThere = try cursor.seek(atOrAfter: first)
        guard isThere, last == cursor.key else { return isThere }
        return try cursor.next()
    }

    /// Writes the runs, each durable before the next, and then says what they cover.
    func result(_ harvest: Harvest, _ grant: Grant, until cut: Key?) throws -> ScanResult {
        try Faults.point(.scanEnd)
        let folder = RunFolder(environment: store.directory)
        try folder.create(job: grant.lease.job)
        let snapshots = harvest.snapshots
        var runs: [RunSummary?] = []
        for (place, index) in grant.indexes.enumerated() {
            try control.check()
            let identity = RunIdentity(
                environment: environment.bytes, job: grant.lease.job, range: grant.lease.rangeID,
                attempt: grant.lease.attempt, index: UInt32(place), generation: index.generation)
            runs.append(
                try harvest.write(
                    place: place, to: folder.path(of: identity), identity, control.times,
                    lookingUp: { yield(store.environment) }, reportingTo: report))
        }
        Faults.passed(.scanRunsAfter)
        return ScanResult(
            lease: grant.lease, interval: KeyInterval(start: grant.interval.start, end: cut), runs: runs,
            records: harvest.records, snapshotMin: snapshots.lowerBound, snapshotMax: snapshots.upperBound,
            badRecords: harvest.badRecords, badRecordsCount: UInt64(harvest.badRecords.count),
            retries: control.progress.retries)
    }
}

extension Key {
    /// The least key that is greater than this one. It may be one byte longer than a key of LMDB, and bounds an
    /// interval all the same.
    fileprivate var successor: Key { Key(bytes + [0]) }
}

extension Lease {
    /// The range of a scan; loads and drains have none, and nobody asks them.
    var rangeID: RangeID {
        guard case .scan(let range) = item else { fatalError("the \(self) has no range") }
        return range
    }
}
