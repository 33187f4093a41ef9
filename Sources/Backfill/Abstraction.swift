/// What a search over all interleavings may leave out, because nothing is decided by it.
///
/// The states of a running cluster never repeat: clocks go on, histories grow, dice roll. For an exhaustive search they
/// are reduced to what later decisions can depend on. Every moment becomes one of two: `moment`, which is now, and one
/// millisecond later, which is "not yet". How long ago somebody was heard of, or a grant was sent, is then no part of
/// the state: whoever searches decides at each step whether enough time has passed, and so covers every clock.
extension Coordinator {
    /// The same coordinator at `moment`, without histories, progress, dice and the ages of what it has heard.
    ///
    /// - Dice only choose waits, and all waits that are not over become one.
    /// - Histories are shown to people; failures are counted beside them.
    /// - The latest heartbeat is progress; what it said of leases was dealt with when it came.
    package func abstracted(at moment: Instant) -> Coordinator {
        var copy = self
        copy.random = SplitMix(seed: 0)
        for place in copy.jobs.indices { copy.jobs[place].abstract(at: moment) }
        for var worker in copy.workforce.all {
            worker.lastSeen = moment
            worker.grantedAt = moment
            worker.heartbeat = nil
            copy.workforce[worker.incarnation.nonce] = worker
        }
        return copy
    }

    /// Whether something waits for a moment that has not come.
    package var isWaiting: Bool {
        jobs.contains { $0.row.state == .open && !($0.delayed.isEmpty && $0.delayedBuilds.isEmpty) }
    }
}

extension Job {
    fileprivate mutating func abstract(at moment: Instant) {
        row = row.abstracted(at: moment)
        for place in ranges.indices { ranges[place] = ranges[place].abstracted }
        for place in builds.indices { builds[place] = builds[place].abstracted }
        recordsScanned = 0
        let later = moment.advanced(byMilliseconds: 1)
        for place in delayed.indices { delayed[place].until = min(delayed[place].until, later) }
        for place in delayedBuilds.indices { delayedBuilds[place].until = min(delayedBuilds[place].until, later) }
    }
}

extension JobRow {
    /// The row without what only progress and people look at.
    package func abstracted(at moment: Instant) -> JobRow {
        var copy = self
        copy.openedAt = moment
        copy.endedAt = copy.endedAt.map { _ in moment }
        copy.recordsTotal = 0
        copy.retries = 0
        return copy
    }
}

extension RangeRow {
    /// The row without its history and its count of records.
    package var abstracted: RangeRow {
        var copy = self
        copy.history = []
        copy.records = 0
        return copy
    }
}

extension BuildRow {
    /// The row without what only people look at: moments, processes, the text of an error that blocks nothing.
    package var abstracted: BuildRow {
        var copy = self
        if copy.stage != .blocked { copy.error = nil }
        (copy.loadingSince, copy.loadedAt, copy.drainedAt, copy.endedAt) = (nil, nil, nil, nil)
        (copy.loadedBy, copy.drainedBy) = (nil, nil)
        return copy
    }
}

extension WorkerSession {
    /// The same session at `moment`: whatever it has said, it has said now.
    package func abstracted(at moment: Instant) -> WorkerSession {
        var copy = self
        copy.saidAt = copy.saidAt.map { _ in moment }
        copy.beatAt = moment
        return copy
    }
}
