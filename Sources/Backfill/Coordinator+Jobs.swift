/// Opening, cancelling and finishing jobs, as the catalog demands.
extension Coordinator {
    mutating func reconcile(_ demands: [Demand], at now: Instant, into effects: inout Effects) {
        self.demands = demands
        for place in jobs.indices where jobs[place].row.state == .open {
            for build in jobs[place].builds {
                let wanted = demands.first { $0.index == jobs[place].row.indexes[build.index] }
                follow(wanted, index: build.index, jobAt: place, at: now, into: &effects)
                setPaused(wanted?.state == .paused, index: build.index, jobAt: place, into: &effects)
                if wanted?.state == .building { blockForeign(index: build.index, jobAt: place, into: &effects) }
            }
        }
        openJobs(for: demands, at: now, into: &effects)
        blockForeign(demands, into: &effects)
    }

    /// Brings one index of a job in line with what the catalog says of it (nil: nothing any more).
    private mutating func follow(
        _ demand: Demand?, index: Int, jobAt place: Int, at now: Instant, into effects: inout Effects
    ) {
        var build = jobs[place].builds[index]
        // The catalog may show what a publishing transaction did before its outcome is told here.
        guard !jobs[place].publishing.contains(index) else { return }
        switch (build.stage, demand?.state) {
        case (.published, _), (.cancelled, _): return
        case (_, nil): cancel(index: index, jobAt: place, at: now, into: &effects)
        case (.blocked, .building?):
            unblock(&build, jobAt: place, into: &effects)
        case (.blocked, .blocked(badRecords: 0)?) where build.isBlockedByRecords:
            unblock(&build, jobAt: place, into: &effects)
        default: return
        }
    }

    /// Leaves an index alone, or takes it up again, as the catalog says; the rest of its job goes on.
    private mutating func setPaused(_ isPaused: Bool, index: Int, jobAt place: Int, into effects: inout Effects) {
        guard jobs[place].paused[index] != isPaused else { return }
        jobs[place].paused[index] = isPaused
        let build = jobs[place].builds[index]
        guard !build.stage.isOver else { return }
        let name = "index \(jobs[place].row.indexes[index].index) of job \(build.job)"
        effects.info(isPaused ? "\(name) is paused" : "\(name) goes on")
        if isPaused { suspend(build, jobAt: place, into: &effects) }
    }

    /// Takes a load or a drain back whose index was paused: no failure of anybody's.
    ///
    /// The stored lease is void from this commit on, so that the holder's next transaction changes nothing.
    private mutating func suspend(_ build: BuildRow, jobAt place: Int, into effects: inout Effects) {
        guard let item = build.itemInHand, let owner = build.owner else { return }
        var build = build
        let lease = Lease(job: build.job, item: item, attempt: build.attempt, epoch: build.epoch)
        effects.send(.revoke(lease, reason: "the index was paused"), to: owner.nonce)
        if workforce[owner.nonce]?.lease == lease { free(owner.nonce) }
        build.stage = build.stage == .loading ? .waiting : .loaded
        build.owner = nil
        jobs[place].set(build, into: &effects)
    }

    /// Tries again from the latest durable stage, if what blocked the index may be gone.
    private mutating func unblock(_ build: inout BuildRow, jobAt place: Int, into effects: inout Effects) {
        if build.digest != nil {
            build.stage = .loaded
        } else {
            // It was never loaded: ranges that were given up are tried anew, and the load begins from empty.
            build.stage = .waiting
            build.restarts = true
            retryFailedRanges(jobAt: place, into: &effects)
        }
        build.failures = 0
        build.mismatches = 0
        build.error = nil
        build.isBlockedByRecords = false
        jobs[place].set(build, into: &effects)
        let row = jobs[place].row
        effects.writes.append(.blocked(table: row.table, index: row.indexes[build.index], reason: nil))
        effects.info("index \(row.indexes[build.index].index) of job \(row.id) is not blocked any more")
    }

    private mutating func retryFailedRanges(jobAt place: Int, into effects: inout Effects) {
        for var range in jobs[place].ranges where range.state == .failed {
            range.state = .pending
            range.failures = 0
            jobs[place].set(range, into: &effects)
            jobs[place].ready.append(range.id)
        }
    }

    mutating func cancel(index: Int, jobAt place: Int, at now: Instant, into effects: inout Effects) {
        var build = jobs[place].builds[index]
        if let item = build.itemInHand, let owner = build.owner {
            let lease = Lease(job: build.job, item: item, attempt: build.attempt, epoch: build.epoch)
            effects.send(.revoke(lease, reason: "the index was dropped"), to: owner.nonce)
            free(owner.nonce)
        }
        build.stage = .cancelled
        build.owner = nil
        build.endedAt = now
        jobs[place].set(build, into: &effects)
        effects.info("index \(jobs[place].row.indexes[index].index) of job \(build.job) is cancelled")
    }

    private mutating func openJobs(for demands: [Demand], at now: Instant, into effects: inout Effects) {
        let taken = jobs.flatMap(\.row.indexes)
        let fresh = demands.filter { $0.state == .building && !taken.contains($0.index) && !isForeign($0) }
        var tables: [UInt64] = []
        for demand in fresh where !tables.contains(demand.table) { tables.append(demand.table) }
        for table in tables {
            open(fresh.filter { $0.table == table }, table: table, at: now, into: &effects)
        }
    }

    private mutating func open(_ demands: [Demand], table: UInt64, at now: Instant, into effects: inout Effects) {
        let row = JobRow(
            id: nextJob, table: table, indexes: demands.map(\.index), openedAt: now,
            recordsTotal: demands.map(\.records).max() ?? 0, extractorVersion: extractorVersion)
        nextJob += 1
        let builds = demands.indices.map { BuildRow(job: row.id, index: $0) }
        jobs.append(
            Job(JobImage(row: row, ranges: [], builds: builds), extractorVersion: extractorVersion))
        effects.writes.append(.job(row))
        effects.writes += builds.map(LedgerWrite.build)
        effects.info(
            "job \(row.id) opened: \(demands.count) indexes of table \(table), about \(row.recordsTotal) records")
        removeSuperseded(by: row, into: &effects)
    }

    /// The ledger of a finished job stays readable until the next job of its indexes.
    private mutating func removeSuperseded(by row: JobRow, into effects: inout Effects) {
        let indexes = row.indexes.map(\.index)
        let old = jobs.filter { job in
            job.row.state == .done && job.row.indexes.allSatisfy { indexes.contains($0.index) }
        }
        remove(old.map(\.row.id), into: &effects)
    }

    /// And no longer than there are ``Limits/doneJobsMax`` later ones: indexes that are dropped have no next job.
    ///
    /// Asked all the time, not where jobs end only: a predecessor may have left many that it did not come to remove.
    mutating func removeExcess(into effects: inout Effects) {
        guard jobs.count > limits.doneJobsMax else { return }
        let done = jobs.filter { $0.row.state == .done }
        remove(done.dropLast(limits.doneJobsMax).map(\.row.id), into: &effects)
    }

    private mutating func remove(_ old: [JobID], into effects: inout Effects) {
        for job in old { effects.requests.append(.removeJob(job: job)) }
        if !old.isEmpty { jobs.removeAll { old.contains($0.row.id) } }
    }

    /// Ends a job of which every index is published or cancelled.
    mutating func finish(jobAt place: Int, at now: Instant, into effects: inout Effects) {
        guard jobs[place].isOver else { return }
        for range in jobs[place].ranges where range.state == .leased {
            guard let owner = range.owner else { continue }
            let lease = Lease(job: range.job, item: .scan(range: range.id), attempt: range.attempt, epoch: range.epoch)
            effects.send(.revoke(lease, reason: "the job is over"), to: owner.nonce)
            free(owner.nonce)
        }
        jobs[place].row.state = .done
        jobs[place].row.endedAt = now
        effects.writes.append(.job(jobs[place].row))
        effects.requests.append(.removeRuns(job: jobs[place].row.id))
        effects.info("job \(jobs[place].row.id) is over")
    }
}
