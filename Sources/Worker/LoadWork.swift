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
        try chooseLayout(of: index, assignment.table, sources, appender)
        var readBack = ReadBack(store: store, index: job, control: control)
        let digest: EntryDigest
        if index.isUnique {
            // What it finds is written down in transactions, which would get between those of the load.
            try append(sources, with: appender)
            readBack.sharedKeys = SharedKeyFinder(components: index.fields.count)
            readBack.onSharedKeys = { keys in try appender.noteSharedKeys(keys, of: index) }
            digest = try control.times.measure(.check) { try readBack.run() }
        } else {
            digest = try append(sources, with: appender, readingBehindWith: readBack)
        }
        return .loaded(LoadResult(lease: grant.lease, digest: digest, retries: control.progress.retries))
    }

    /// Appends, and reads back what has been committed meanwhile.
    private func append(
        _ sources: [Source], with appender: Appender, readingBehindWith readBack: ReadBack
    ) throws -> EntryDigest {
        let thread = try ReadBackThread(readBack)
        defer { thread.stop() }
        try append(sources, with: appender, readingBehindWith: thread)
        return try control.times.measure(.check) { try thread.finish() }
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

    /// Groups an index that is empty if that suits what is about to be loaded: chosen once, for all loaders after this.
    private func chooseLayout(
        of index: IndexRecord, _ table: TableRecord, _ sources: [Source], _ appender: Appender
    ) throws {
        let choice = LayoutChoice(components: index.fields.count)
        // Keys of other programs have an order of their own; of a unique index no two entries share their key.
        guard !index.isUnique, !table.isAttached, choice.isWorthwhile(sources.map(\.run)) else { return }
        guard try appender.lastEntry().isEmpty else { return }
        let isBetter = try namingDamage(sources) { try choice.isGroupedBetter(sources.map(\.run)) }
        if isBetter { try appender.group(index) }
    }

    /// Merges on a thread of its own and appends on this one.
    private func append(
        _ sources: [Source], with appender: Appender, readingBehindWith readBack: ReadBackThread? = nil
    ) throws {
        try namingDamage(sources) {
            let start = try appender.lastEntry()
            let merge = try MergeThread(
                sources.map(\.run), after: start, control.times, lookingUp: store.environment.writerGate.yieldToWriters)
            defer { merge.stop() }
            var size = TransactionSize()
            while let batch = control.times.measure(.await, { merge.nextBatch() }) {
                try appender.append(batch, &size)
                merge.recycle(batch)
                readBack?.follow()
            }
            try merge.finish()
        }
    }

    /// Runs `body`, and says of which range a run is that it finds damaged.
    private func namingDamage<R>(_ sources: [Source], _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as RunError where error.isDamage {
            let range = sources.first { $0.run.path == error.path }?.range
            guard let range else { throw error }
            throw WorkError(kind: .runDamaged(range: range), message: error.description)
        }
    }
}
