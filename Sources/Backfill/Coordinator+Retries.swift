/// What happens to work that came back undone: waits, other workers first, bisection, and in the end a named place.
extension Coordinator {
    mutating func requeue(range id: RangeID, of job: JobID, _ end: Ending, into effects: inout Effects) {
        guard let place = place(of: job), var range = jobs[place].range(id), range.state == .leased else { return }
        range.note(
            AttemptRow(attempt: range.attempt, owner: end.worker, outcome: end.outcome, error: end.error, at: end.at))
        range.owner = nil
        range.state = .pending
        if end.isFailure {
            range.failures += 1
            jobs[place].lastFailed[id] = end.worker.nonce
        }
        let patience = end.mayPass ? limits.transientFailuresMax : limits.failuresBeforeBisection
        if range.failures >= patience, !jobs[place].bisecting.contains(id) {
            jobs[place].set(range, into: &effects)
            jobs[place].bisecting.append(id)
            effects.requests.append(
                .middle(job: job, table: jobs[place].row.table, range: id, interval: range.interval))
            return
        }
        jobs[place].set(range, into: &effects)
        retryLater(range: range, jobAt: place, end)
    }

    /// Cuts a range that keeps failing in two, or gives it up when there is nothing left to cut.
    mutating func bisect(job: JobID, range id: RangeID, at cut: Key?, now: Instant, into effects: inout Effects) {
        guard let place = place(of: job), var range = jobs[place].range(id), range.state == .pending else { return }
        jobs[place].bisecting.removeAll { $0 == id }
        let wait = backoffMillis(after: range.failures)
        if let cut, range.interval.canBeCut(at: cut) {
            let right = split(&range, at: cut, jobAt: place, records: range.records / 2, into: &effects)
            range.failures = limits.failuresBeforeBisection - 1
            jobs[place].set(range, into: &effects)
            jobs[place].delayed.append(Delayed(until: now.advanced(byMilliseconds: wait), subject: range.id))
            jobs[place].delayed.append(Delayed(until: now.advanced(byMilliseconds: wait), subject: right))
            effects.warn("range \(id) of job \(job) keeps failing; cut in two at \(cut)")
        } else if range.failures >= limits.failuresMax {
            range.state = .failed
            jobs[place].set(range, into: &effects)
            effects.error(
                "range \(id) of job \(job) given up after \(range.failures) failures: \(range.lastError ?? "unknown")")
        } else {
            jobs[place].delayed.append(Delayed(until: now.advanced(byMilliseconds: wait), subject: id))
        }
    }

    /// Shortens `range` to end at `cut` and makes a new range of the rest. Stores the new one, not the old.
    mutating func split(
        _ range: inout RangeRow, at cut: Key, jobAt place: Int, records: UInt64, into effects: inout Effects
    ) -> RangeID {
        let id = RangeID(jobs[place].ranges.count)
        var rest = RangeRow(
            job: range.job, id: id, interval: KeyInterval(start: cut, end: range.interval.end), records: records)
        rest.failures = range.failures
        range.interval.end = cut
        range.records -= min(range.records, records)
        jobs[place].set(rest, into: &effects)
        return id
    }

    mutating func requeue(index: Int, of job: JobID, _ end: Ending, into effects: inout Effects) {
        guard let place = place(of: job), var build = jobs[place].build(index) else { return }
        switch build.stage {
        case .loading: build.stage = .waiting
        case .draining: build.stage = .loaded
        case .waiting, .loaded, .drained, .published, .blocked, .cancelled: return
        }
        build.owner = nil
        build.error = end.error
        if end.isFailure { build.failures += 1 }
        if build.failures >= (end.mayPass ? limits.transientFailuresMax : limits.failuresMax) {
            block(
                &build, because: "load or drain failed \(build.failures) times: \(end.error ?? "unknown")",
                jobAt: place, into: &effects)
            return
        }
        jobs[place].set(build, into: &effects)
        let wait = end.isFailure ? backoffMillis(after: build.failures) : 0
        delay(index: index, jobAt: place, until: end.at.advanced(byMilliseconds: max(wait, end.waitMillis)))
    }

    /// Puts an index into the catalog's blocked state, with its reason.
    mutating func block(_ build: inout BuildRow, because reason: String, jobAt place: Int, into effects: inout Effects)
    {
        build.stage = .blocked
        build.owner = nil
        build.error = reason
        jobs[place].set(build, into: &effects)
        let row = jobs[place].row
        effects.writes.append(.blocked(table: row.table, index: row.indexes[build.index], reason: reason))
        effects.error("index \(row.indexes[build.index].index) of job \(row.id) is blocked: \(reason)")
    }

    mutating func delay(index: Int, jobAt place: Int, until moment: Instant) {
        jobs[place].delayedBuilds.removeAll { $0.subject == index }
        jobs[place].delayedBuilds.append(Delayed(until: moment, subject: index))
    }

    private mutating func retryLater(range: RangeRow, jobAt place: Int, _ end: Ending) {
        let wait = max(end.isFailure ? backoffMillis(after: range.failures) : 0, end.waitMillis)
        if wait == 0 {
            jobs[place].ready.append(range.id)
        } else {
            let until = end.at.advanced(byMilliseconds: wait)
            jobs[place].delayed.append(Delayed(until: until, subject: range.id))
        }
    }

    /// The first wait doubled with each failure, up to the longest, and between half and whole of that.
    mutating func backoffMillis(after failures: UInt32) -> Int64 {
        let doublings = min(failures > 0 ? failures - 1 : 0, 20)
        let whole = min(limits.backoffMillis << Int64(doublings), limits.backoffMillisMax)
        return whole / 2 + Int64.random(in: 0...(whole / 2), using: &random)
    }
}

extension RangeRow {
    var lastError: String? { history.last { $0.error != nil }?.error }
}

extension Job {
    func range(_ id: RangeID) -> RangeRow? {
        id < RangeID(ranges.count) ? ranges[Int(id)] : nil
    }

    func build(_ place: Int) -> BuildRow? {
        builds.indices.contains(place) ? builds[place] : nil
    }

    /// Makes the waits that have ended ready to be handed out.
    mutating func release(at now: Instant) {
        let over = delayed.filter { $0.until <= now }
        guard !over.isEmpty || delayedBuilds.contains(where: { $0.until <= now }) else { return }
        delayed.removeAll { $0.until <= now }
        delayedBuilds.removeAll { $0.until <= now }
        for wait in over where ranges[Int(wait.subject)].state == .pending { ready.append(wait.subject) }
    }
}
