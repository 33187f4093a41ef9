/// Handing out work: one lease a worker, the write side first, then ranges.
extension Coordinator {
    mutating func grantWork(at now: Instant, into effects: inout Effects) {
        let free = workforce.all.filter(\.isFree).map(\.incarnation)
        for worker in free {
            guard let grant = nextGrant(for: worker, hasOthers: free.count > 1, at: now, into: &effects) else {
                continue
            }
            workforce[worker.nonce]?.lease = grant.lease
            workforce[worker.nonce]?.grantedAt = now
            workforce[worker.nonce]?.heartbeat = nil
            effects.send(.grant(grant), to: worker.nonce)
        }
    }

    private mutating func nextGrant(
        for worker: Incarnation, hasOthers: Bool, at now: Instant, into effects: inout Effects
    ) -> Grant? {
        for place in jobs.indices where jobs[place].row.state == .open && !jobs[place].isPaused {
            if loader == nil, let index = jobs[place].nextBuild {
                loader = worker.nonce
                return lease(index: index, jobAt: place, to: worker, at: now, into: &effects)
            }
            if let range = jobs[place].nextRange(for: worker.nonce, hasOthers: hasOthers) {
                return lease(range: range, jobAt: place, to: worker, into: &effects)
            }
        }
        return nil
    }

    private mutating func lease(
        range: RangeRow, jobAt place: Int, to worker: Incarnation, into effects: inout Effects
    ) -> Grant {
        var range = range
        range.state = .leased
        range.attempt += 1
        range.epoch = epoch
        range.owner = worker
        jobs[place].set(range, into: &effects)
        let lease = Lease(job: range.job, item: .scan(range: range.id), attempt: range.attempt, epoch: epoch)
        return grant(lease, jobAt: place)
    }

    private mutating func lease(
        index: Int, jobAt place: Int, to worker: Incarnation, at now: Instant, into effects: inout Effects
    ) -> Grant {
        var build = jobs[place].builds[index]
        let item: WorkItem = build.stage == .waiting ? .load(index: index) : .drain(index: index)
        if build.stage == .waiting { build.loadingSince = build.loadingSince ?? now }
        build.stage = build.stage == .waiting ? .loading : .draining
        build.attempt += 1
        build.epoch = epoch
        build.owner = worker
        jobs[place].set(build, into: &effects)
        return grant(Lease(job: build.job, item: item, attempt: build.attempt, epoch: epoch), jobAt: place)
    }

    private func grant(_ lease: Lease, jobAt place: Int) -> Grant {
        var interval = KeyInterval.everything
        var restarts = false
        switch lease.item {
        case .scan(let range): interval = jobs[place].ranges[Int(range)].interval
        case .load(let index): restarts = jobs[place].builds[index].restarts
        case .drain: break
        }
        let row = jobs[place].row
        return Grant(lease: lease, table: row.table, indexes: row.indexes, interval: interval, restarts: restarts)
    }

    /// Says again what a worker should be doing, when it seems not to know.
    mutating func sendGrant(to worker: WorkerState, at now: Instant, into effects: inout Effects) {
        guard let lease = worker.lease, let place = place(of: lease.job) else { return }
        workforce[worker.incarnation.nonce]?.grantedAt = now
        effects.send(.grant(grant(lease, jobAt: place)), to: worker.incarnation.nonce)
    }
}

extension Job {
    /// The next index to load or to drain. Loads wait for the whole scan; what is loaded is drained before the next
    /// load begins.
    var nextBuild: Int? {
        let drainable = builds.first { $0.stage == .loaded && isWanted($0.index) }
        if let drainable { return drainable.index }
        guard isScanned else { return nil }
        return builds.first { $0.stage == .waiting && isWanted($0.index) }?.index
    }

    /// Whether an index may be worked on now: it is neither paused nor waiting for a moment.
    func isWanted(_ index: Int) -> Bool {
        !paused[index] && !delayedBuilds.contains { $0.subject == index }
    }

    /// Takes the next range that this worker may have; one that it failed at goes to others first.
    mutating func nextRange(for worker: Nonce, hasOthers: Bool) -> RangeRow? {
        while let last = ready.last, ranges[Int(last)].state != .pending { ready.removeLast() }
        let choice = ready.lastIndex { !hasOthers || lastFailed[$0] != worker }
        guard let choice else { return nil }
        let id = ready.remove(at: choice)
        return ranges[Int(id)].state == .pending ? ranges[Int(id)] : nil
    }
}
