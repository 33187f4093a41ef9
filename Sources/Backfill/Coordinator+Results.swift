internal import Values

/// What workers report, and what of it counts.
extension Coordinator {
    mutating func scanned(
        _ result: ScanResult, by worker: WorkerState, at now: Instant, into effects: inout Effects
    ) {
        let nonce = worker.incarnation.nonce
        guard case .scan(let id) = result.lease.item, let place = place(of: result.lease.job),
            // Of a job that is over nothing counts: its runs are gone, and the worker may hold another lease by now.
            jobs[place].row.state == .open,
            var range = jobs[place].range(id), range.isHeld(under: result.lease, by: nonce)
        else { return settle(result.lease, .stale, with: worker, into: &effects) }
        guard range.state == .leased else {
            return settle(result.lease, range.state == .scanned ? .counted : .stale, with: worker, into: &effects)
        }
        if let fault = fault(in: result, range: range, job: jobs[place]) {
            effects.error("worker \(worker.incarnation.pid) reported \(result.lease) wrongly: \(fault)")
            giveBack(worker, .failed, fault, at: now, into: &effects)
            return settle(result.lease, .stale, with: worker, into: &effects)
        }
        free(nonce)
        if let cut = result.interval.end, result.interval.end != range.interval.end {
            let rest = split(
                &range, at: cut, jobAt: place, records: range.records - min(range.records, result.records),
                into: &effects)
            jobs[place].ready.append(rest)
        }
        record(result, in: &range, of: jobs[place].builds, at: now)
        jobs[place].set(range, into: &effects)
        jobs[place].lastFailed[id] = nil
        listBadRecords(of: result, jobAt: place, into: &effects)
        addRetries(result.retries, jobAt: place, into: &effects)
        settle(result.lease, .counted, with: worker, into: &effects)
    }

    /// Of a range that is scanned again, an index that is already loaded keeps the run that it was loaded from: that is
    /// what its digest is compared with. If the range was cut meanwhile, that run stands with the first part, and the
    /// others have nothing of it.
    private func record(_ result: ScanResult, in range: inout RangeRow, of builds: [BuildRow], at now: Instant) {
        let before = range.runs
        range.state = .scanned
        range.runs = zip(builds, result.runs).map { build, run in
            guard build.digest != nil, let run else { return run }
            return before.indices.contains(build.index)
                ? before[build.index] : RunSummary(file: run.file, bytes: 0, digest: .zero, checksum: 0)
        }
        range.records = result.records
        range.snapshotMax = result.snapshotMax
        range.failures = 0
        guard let owner = range.owner else { return }
        range.note(AttemptRow(attempt: range.attempt, owner: owner, outcome: .scanned, error: nil, at: now))
    }

    /// What makes a scan's report impossible, or nil.
    private func fault(in result: ScanResult, range: RangeRow, job: Job) -> String? {
        if result.interval.start != range.interval.start { return "it starts at another key than its lease" }
        if result.interval.end != range.interval.end {
            guard let cut = result.interval.end, range.interval.canBeCut(at: cut) else {
                return "it ends outside its lease"
            }
        }
        if result.badRecordsCount != UInt64(result.badRecords.count) {
            return "it lists \(result.badRecords.count) of \(result.badRecordsCount) bad records"
        }
        if result.runs.count != job.builds.count { return "\(result.runs.count) runs for \(job.builds.count) indexes" }
        // One that is published needs no run of a later scan, and has none if it was dropped since.
        for (build, run) in zip(job.builds, result.runs) where run == nil && !build.stage.isOver {
            return "no run for index \(build.index)"
        }
        return nil
    }

    private func listBadRecords(of result: ScanResult, jobAt place: Int, into effects: inout Effects) {
        let row = jobs[place].row
        for (index, identity) in row.indexes.enumerated() {
            let records = result.badRecords.filter { $0.index == index }
            guard !records.isEmpty else { continue }
            effects.writes.append(.badRecords(table: row.table, index: identity, records))
            effects.warn(
                "\(records.count) records of job \(row.id) cannot be indexed by index \(identity.index): "
                    + records[0].error)
        }
    }

    mutating func loaded(
        _ result: LoadResult, by worker: WorkerState, at now: Instant, into effects: inout Effects
    ) {
        guard let (place, row) = held(result.lease, by: worker) else {
            return settle(result.lease, .stale, with: worker, into: &effects)
        }
        var build = row
        free(worker.incarnation.nonce)
        addRetries(result.retries, jobAt: place, into: &effects)
        let wanted = jobs[place].digest(ofIndex: build.index)
        if result.digest == wanted {
            build.stage = .loaded
            build.digest = result.digest
            build.loadedAt = now
            build.loadedBy = worker.incarnation.pid
            build.restarts = false
            build.failures = 0
            build.error = nil
            jobs[place].set(build, into: &effects)
        } else {
            mismatch(result, wanted: wanted.count, build: &build, jobAt: place, into: &effects)
        }
        settle(result.lease, .counted, with: worker, into: &effects)
    }

    /// What was read back is not what the runs hold: load anew, a few times, then name it.
    private mutating func mismatch(
        _ result: LoadResult, wanted: UInt64, build: inout BuildRow, jobAt place: Int, into effects: inout Effects
    ) {
        build.mismatches += 1
        build.restarts = true
        build.owner = nil
        let text = "\(result.digest.count) entries read back, \(wanted) in the runs, or they differ"
        build.error = text
        effects.error("\(result.lease): \(text); loading anew")
        if build.mismatches >= limits.mismatchesMax {
            block(&build, because: "loaded \(build.mismatches) times, each time \(text)", jobAt: place, into: &effects)
        } else {
            build.stage = .waiting
            jobs[place].set(build, into: &effects)
        }
    }

    mutating func drained(
        _ result: DrainResult, by worker: WorkerState, at now: Instant, into effects: inout Effects
    ) {
        guard let (place, row) = held(result.lease, by: worker) else {
            return settle(result.lease, .stale, with: worker, into: &effects)
        }
        var build = row
        free(worker.incarnation.nonce)
        addRetries(result.retries, jobAt: place, into: &effects)
        build.stage = .drained
        build.drainedAt = now
        build.drainedBy = worker.incarnation.pid
        build.failures = 0
        jobs[place].set(build, into: &effects)
        settle(result.lease, .counted, with: worker, into: &effects)
    }

    mutating func failed(
        _ failure: WorkFailure, by worker: WorkerState, at now: Instant, into effects: inout Effects
    ) {
        guard worker.lease == failure.lease else {
            // A doubled grant may be given back after its result was counted: the runs stay.
            let settlement: Settlement = hasCounted(failure.lease, of: worker.incarnation.nonce) ? .counted : .stale
            return settle(failure.lease, settlement, with: worker, into: &effects)
        }
        var end = Ending(outcome: .failed, error: failure.message, worker: worker.incarnation, at: now)
        switch failure.kind {
        case .released: end.outcome = .released
        case .noSpace:
            end.outcome = .released
            end.waitMillis = limits.noSpaceMillis
        case .incompatible:
            end.outcome = .released
            workforce[worker.incarnation.nonce]?.standing = .refused(failure.message)
        case .runDamaged(let range):
            end.outcome = .released
            if let place = place(of: failure.lease.job) {
                rescan(range, jobAt: place, failure.message, end, into: &effects)
            }
        case .permanent:
            if let place = place(of: failure.lease.job) { restartLoad(failure.lease, jobAt: place, into: &effects) }
        case .transient: end.mayPass = true
        }
        if failure.kind != .released { effects.warn("\(failure.lease) failed: \(failure.message)") }
        free(worker.incarnation.nonce)
        switch failure.lease.item {
        case .scan(let range): requeue(range: range, of: failure.lease.job, end, into: &effects)
        case .load(let place), .drain(let place): requeue(index: place, of: failure.lease.job, end, into: &effects)
        }
        settle(failure.lease, .counted, with: worker, into: &effects)
    }

    /// Whether a scan under this lease stands in the ledger.
    private func hasCounted(_ lease: Lease, of holder: Nonce) -> Bool {
        guard case .scan(let id) = lease.item, let place = place(of: lease.job), let range = jobs[place].range(id)
        else {
            return false
        }
        return range.state == .scanned && range.isHeld(under: lease, by: holder)
    }

    /// A run is missing, short or corrupt: its range is scanned again, and whatever was loaded is loaded anew.
    private mutating func rescan(
        _ id: RangeID, jobAt place: Int, _ why: String, _ end: Ending, into effects: inout Effects
    ) {
        guard var range = jobs[place].range(id), range.state == .scanned else { return }
        range.note(AttemptRow(attempt: range.attempt, owner: end.worker, outcome: .failed, error: why, at: end.at))
        range.state = .pending
        range.owner = nil
        jobs[place].set(range, into: &effects)
        jobs[place].ready.append(id)
        for var build in jobs[place].builds where build.stage == .waiting || build.stage == .loading {
            build.restarts = true
            jobs[place].set(build, into: &effects)
        }
    }

    /// A load that failed for good may have met leftovers in the index: the next one begins from empty.
    private mutating func restartLoad(_ lease: Lease, jobAt place: Int, into effects: inout Effects) {
        guard case .load(let index) = lease.item, var build = jobs[place].build(index) else { return }
        build.restarts = true
        jobs[place].set(build, into: &effects)
    }

    private func held(_ lease: Lease, by worker: WorkerState) -> (place: Int, build: BuildRow)? {
        guard let place = place(of: lease.job) else { return nil }
        let index: Int
        switch lease.item {
        case .scan: return nil
        case .load(let named), .drain(let named): index = named
        }
        guard let build = jobs[place].build(index), build.isHeld(under: lease, by: worker.incarnation.nonce) else {
            return nil
        }
        return (place, build)
    }

    private mutating func addRetries(_ retries: UInt64, jobAt place: Int, into effects: inout Effects) {
        guard retries > 0 else { return }
        jobs[place].row.retries += retries
        effects.writes.append(.job(jobs[place].row))
    }

    func settle(_ lease: Lease, _ settlement: Settlement, with worker: WorkerState, into effects: inout Effects) {
        effects.send(.settled(lease, settlement), to: worker.incarnation.nonce)
    }
}
