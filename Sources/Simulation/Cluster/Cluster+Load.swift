internal import Backfill
internal import Values

/// Loading and draining: short transactions, each of which first confirms the lease.
extension Cluster {
    private func target(_ work: SimulatedWork) -> (place: Int, index: JobIndex) {
        switch work.grant.lease.item {
        case .load(let place), .drain(let place): return (place, work.grant.indexes[place])
        case .scan: fatalError("a scan loads nothing")
        }
    }

    /// A fenced transaction of a loader.
    private func fenced<R>(
        _ work: SimulatedWork, _ worker: SimulatedWorker,
        _ body: (inout SimulatedStore) throws(SimulatedError) -> R
    ) throws(SimulatedError) -> R {
        let lease = work.grant.lease
        let nonce = worker.nonce
        let index = target(work).index
        let result = try transact(.loader(nonce: nonce, lease: lease)) { store throws(SimulatedError) in
            try store.confirm(lease, of: nonce, building: index)
            return try body(&store)
        }
        work.commits += 1
        return result
    }

    func empty(_ work: SimulatedWork, _ worker: SimulatedWorker) throws {
        let index = target(work).index
        let limit = plan.batchEntries
        let isEmpty = try fenced(work, worker) { store throws(SimulatedError) in
            try store.removeEntries(index: index.index, generation: index.generation, limit: limit)
        }
        note("worker \(name(worker)) empties index \(index.index)")
        if isEmpty { work.phase = .sources }
    }

    /// The runs as the ledger has them.
    func findSources(_ work: SimulatedWork) throws {
        if failsToRead() { throw SimulatedError.transient }
        let (place, index) = target(work)
        let job = work.grant.lease.job
        work.sources = try store.ranges(ofJob: job).map { range in
            guard range.state == .scanned, range.runs.indices.contains(place), let run = range.runs[place] else {
                throw Stop(kind: .transient, message: "range \(range.id) has no run for index \(place) yet")
            }
            let identity = SimulatedDisk.Identity(
                job: job, range: range.id, attempt: range.attempt, index: place, generation: index.generation)
            return (identity, run)
        }
        work.phase = .open
    }

    /// Verifies every run and merges what lies behind the last entry of the index.
    func openRuns(_ work: SimulatedWork) throws {
        if failsToRead() { throw SimulatedError.transient }
        let index = target(work).index
        guard let entries = store.entries(index: index.index, generation: index.generation) else {
            throw Stop(kind: .permanent, message: "the index has no database")
        }
        if !entries.isEmpty { moments.count(.loaderContinuedBehindLastEntry) }
        var merged: [SimulatedEntry] = []
        for source in work.sources {
            let file = disk.file(source.identity)
            let isSound = file.map { $0.damage == .none && $0.summary == source.run } ?? false
            guard isSound || weaknesses.contains(.trustRunFiles) else {
                moments.count(.runFoundDamaged)
                throw Stop(
                    kind: .runDamaged(range: source.identity.range),
                    message: "the run of range \(source.identity.range) is \(file == nil ? "missing" : "damaged")")
            }
            merged += file?.readable ?? []
        }
        merged.sort()
        for place in merged.indices.dropFirst() where merged[place] == merged[place - 1] {
            throw Stop(kind: .permanent, message: "the entry \(merged[place]) stands in two runs")
        }
        work.merged = Array(merged.drop { entry in entries.last.map { entry <= $0 } ?? false })
        work.phase = .append
    }

    func append(_ work: SimulatedWork, _ worker: SimulatedWorker) throws {
        let index = target(work).index
        guard work.position < work.merged.count, !leavesOutLast(work) else {
            work.phase = .readBack
            return
        }
        let batch = work.merged[work.position...].prefix(dice.within(1...plan.batchEntries))
        try fenced(work, worker) { store throws(SimulatedError) in
            try store.append(batch, index: index.index, generation: index.generation)
        }
        note("worker \(name(worker)) appends \(batch.count) entries to index \(index.index)")
        work.position += batch.count
        work.progress.entries += UInt64(batch.count)
        strikeAtWorstMoment(.load)
    }

    private func leavesOutLast(_ work: SimulatedWork) -> Bool {
        weaknesses.contains(.skipReadBack) && work.position + 1 >= work.merged.count
    }

    /// Count and multiset hash of what stands in the index, in chunks.
    func readBack(_ work: SimulatedWork) throws {
        if failsToRead() { throw SimulatedError.transient }
        let (place, index) = target(work)
        if weaknesses.contains(.skipReadBack) {
            let sum = store.ranges(ofJob: work.grant.lease.job).reduce(EntryDigest.zero) { sum, range in
                sum + ((range.runs.indices.contains(place) ? range.runs[place]?.digest : nil) ?? .zero)
            }
            work.outcome = .loaded(LoadResult(lease: work.grant.lease, digest: sum, retries: 0))
            return
        }
        guard let entries = store.entries(index: index.index, generation: index.generation) else {
            throw Stop(kind: .permanent, message: "the index has no database")
        }
        let from = work.lastRead.map { entries.place(of: $0 + 1) } ?? 0
        let part = entries[from...].prefix(4 * plan.batchEntries)
        let isEnd = part.isEmpty || part.endIndex == entries.count
        findSharedKeys(work, part, isEnd: isEnd)
        work.digest += EntryDigest(of: part)
        work.lastRead = part.last?.bits ?? work.lastRead
        if isEnd, work.finder.found.isEmpty { finishLoad(work) }
    }

    private func finishLoad(_ work: SimulatedWork) {
        work.outcome = .loaded(
            LoadResult(lease: work.grant.lease, digest: work.digest, retries: work.progress.retries))
    }

    private func findSharedKeys(_ work: SimulatedWork, _ part: ArraySlice<SimulatedEntry>, isEnd: Bool) {
        let id = target(work).index.index
        guard store.indexes.contains(where: { $0.id == id && $0.isUnique }) else { return }
        guard !weaknesses.contains(.loadNotesNoKeys) else { return }
        for entry in part { work.finder.take(entry, nullsAreShared: weaknesses.contains(.nullsAreShared)) }
        if !work.finder.found.isEmpty { work.phase = .noteSharedKeys(isEnd: isEnd) }
    }

    /// Lists keys that several records have, before reading on.
    func noteSharedKeys(_ work: SimulatedWork, _ worker: SimulatedWorker, isEnd: Bool) throws {
        let index = target(work).index
        let keys = work.finder.found
        try fenced(work, worker) { store throws(SimulatedError) in
            try store.noteSharedKeys(keys, index: index.index, generation: index.generation)
        }
        note("worker \(name(worker)) lists shared keys \(keys) of index \(index.index)")
        moments.count(.sharedKeyFoundByLoad)
        _ = work.finder.takeFound()
        work.phase = .readBack
        if isEnd { finishLoad(work) }
    }

    func drain(_ work: SimulatedWork, _ worker: SimulatedWorker) throws {
        let index = target(work).index
        let limit = plan.drainRows
        let suspects = store.sharedKeys.count
        let step = try fenced(work, worker) { store throws(SimulatedError) in
            if store.delta(index: index.index, generation: index.generation)?.contains(where: { !$0.isPresent }) == true
            {
                moments.count(.tombstoneApplied)
            }
            return try store.drain(index: index.index, generation: index.generation, limit: limit)
        }
        note("worker \(name(worker)) drains \(step.applied) rows of index \(index.index), \(step.remaining) left")
        if store.sharedKeys.count > suspects { moments.count(.sharedKeyFoundByDrain) }
        work.applied += UInt64(step.applied)
        work.progress.entries = work.applied
        guard step.remaining <= plan.deltaMax / 5 else { return }
        work.outcome = .drained(
            DrainResult(lease: work.grant.lease, applied: work.applied, retries: work.progress.retries))
    }
}
