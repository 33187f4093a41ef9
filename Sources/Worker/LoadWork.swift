internal import Backfill
internal import Faults
internal import LMDB
internal import Ledger
internal import Runs
internal import Runtime
internal import Tables
internal import Values

/// Loads one index: merges its runs and appends them, in transactions bounded in bytes and in time, then reads it back.
///
/// The index is its own checkpoint: after a crash the next loader continues behind the last key that stands in it.
/// Every transaction first confirms the lease, so that a loader that was stopped and woke late changes nothing.
struct LoadWork {
    let store: Store
    let ledger: Ledger
    let holder: Nonce
    let environment: Nonce
    let control: WorkControl

    func run(_ grant: Grant, place: Int) throws -> WorkerMessage {
        let assignment = try Assignment(grant, in: store)
        guard let index = assignment.indexes[place] else {
            throw WorkError(kind: .released, message: "the index was dropped")
        }
        let job = grant.indexes[place]
        let appender = Appender(
            store: store, ledger: ledger, lease: grant.lease, holder: holder, index: job, control: control)
        try Faults.point(.loadBegin)
        if grant.restarts { try appender.empty() }
        let sources = try sources(of: grant, place: place, generation: job.generation)
        try append(sources, with: appender)
        var readBack = ReadBack(store: store, database: appender.database, control: control)
        if index.isUnique {
            readBack.sharedKeys = SharedKeyFinder(components: index.fields.count)
            readBack.onSharedKeys = { keys in try appender.noteSharedKeys(keys, of: index) }
        }
        let digest = try readBack.run()
        return .loaded(LoadResult(lease: grant.lease, digest: digest, retries: control.progress.retries))
    }

    /// The runs as the ledger has them, each with the identity that its file must carry.
    private func sources(of grant: Grant, place: Int, generation: UInt64) throws -> [Source] {
        let folder = RunFolder(environment: store.directory)
        return try ledger.ranges(of: grant.lease.job).map { range in
            guard range.state == .scanned, range.runs.indices.contains(place), let run = range.runs[place] else {
                throw WorkError(kind: .transient, message: "range \(range.id) has no run for index \(place) yet")
            }
            let identity = RunIdentity(
                environment: environment.bytes, job: grant.lease.job, range: range.id, attempt: range.attempt,
                index: UInt32(place), generation: generation)
            return Source(
                range: range.id,
                run: RunSource(
                    path: folder.path(job: grant.lease.job, file: run.file), summary: run, identity: identity))
        }
    }

    /// A run and the range that has to be scanned again if it is damaged.
    private struct Source {
        var range: RangeID
        var run: RunSource
    }

    /// Merges on a thread of its own and appends on this one.
    private func append(_ sources: [Source], with appender: Appender) throws {
        do {
            let start = try appender.lastEntry()
            let merge = try MergeThread(sources.map(\.run), after: start)
            defer { merge.stop() }
            while let batch = merge.nextBatch() {
                try appender.append(batch)
                merge.recycle(batch)
            }
            try merge.finish()
        } catch let error as RunError where error.isDamage {
            let range = sources.first { $0.run.path == error.path }?.range
            guard let range else { throw error }
            throw WorkError(kind: .runDamaged(range: range), message: error.description)
        }
    }
}

/// Reads an index back, in short read transactions: count and multiset hash of what stands in it, and of a unique index
/// every key that more than one record has.
struct ReadBack {
    /// Entries read between looks at the clock.
    static let entriesPerLook = 4_096

    let store: Store
    let database: String
    let control: WorkControl
    /// How long a read transaction lives, in microseconds.
    var chunkMicroseconds = ScanWork.chunkMicroseconds
    /// Entries read between looks at the clock.
    var entriesPerLook = ReadBack.entriesPerLook
    /// Looks for keys that several records have; nil for an index that is not unique.
    var sharedKeys: SharedKeyFinder?
    /// Told of such keys between two read transactions.
    var onSharedKeys: ([[UInt8]]) throws -> Void = { _ in }

    func run() throws -> EntryDigest {
        var digest = EntryDigest.zero
        var finder = sharedKeys
        var last: [UInt8]?
        while true {
            try control.check()
            if control.order == .cut { throw WorkError(kind: .released, message: "cut while reading back") }
            let chunk = try Retrying(control: control).run { try read(after: last, finder) }
            digest = digest + chunk.digest
            finder = chunk.finder
            if let keys = finder?.takeFound(), !keys.isEmpty { try onSharedKeys(keys) }
            guard let next = chunk.last else { return digest }
            last = next
        }
    }

    /// The digest of one chunk, and its last entry if there may be more.
    ///
    /// The finder comes and goes by value: a chunk that is read again begins with what the one before it left.
    func read(
        after start: [UInt8]?, _ before: SharedKeyFinder?
    ) throws -> (digest: EntryDigest, last: [UInt8]?, finder: SharedKeyFinder?) {
        try Faults.point(.readBack)
        return try store.read { txn in
            var finder = before
            var digest = EntryDigest.zero
            let deadline = ShellClock.microseconds() + chunkMicroseconds
            let last: [UInt8]? = try txn.withCursor(in: txn.database(database)) { cursor in
                var isThere = try start.map { try cursor.seek(atOrAfter: $0) } ?? cursor.first()
                if isThere, let start, cursor.key == start { isThere = try cursor.next() }
                var count = 0
                while isThere {
                    try cursor.withEntry { entry, _ in
                        digest.add(entry: entry)
                        try finder?.take(entry)
                    }
                    count += 1
                    if count.isMultiple(of: entriesPerLook), ShellClock.microseconds() >= deadline {
                        return cursor.key
                    }
                    isThere = try cursor.next()
                }
                return nil
            }
            return (digest, last, finder)
        }
    }
}
