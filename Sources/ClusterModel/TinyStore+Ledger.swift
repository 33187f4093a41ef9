internal import Backfill

/// What the Ledger module does in its transactions, over the tiny store.
extension TinyStore {
    /// Refused: another coordinator is in office, or the lease is another's.
    struct Fenced: Error {}

    /// Stores what the core decided, if `epoch` is the current one.
    mutating func commit(_ writes: some Sequence<LedgerWrite>, epoch: Epoch, breaks: Set<Break>) throws(Fenced) {
        var writes = writes.makeIterator()
        guard let first = writes.next() else { return }
        guard epoch == self.epoch || breaks.contains(.noEpochCheck) else { throw Fenced() }
        apply(first)
        while let write = writes.next() { apply(write) }
    }

    private mutating func apply(_ write: LedgerWrite) {
        switch write {
        case .job(let row): put(row.abstracted(at: ClusterState.now))
        case .range(let row): put(row.abstracted)
        case .build(let row): put(row.abstracted)
        case .badRecords(_, _, let records): list(records)
        case .blocked(_, _, let reason): setBlocked(reason)
        }
    }

    private mutating func put(_ row: JobRow) {
        nextJob = max(nextJob, row.id + 1)
        if let place = jobs.firstIndex(where: { $0.row.id == row.id }) {
            jobs[place].row = row
        } else {
            jobs.append(JobImage(row: row, ranges: [], builds: []))
        }
    }

    private mutating func put(_ row: RangeRow) {
        guard let job = jobs.firstIndex(where: { $0.row.id == row.job }) else { return }
        if let place = jobs[job].ranges.firstIndex(where: { $0.id == row.id }) {
            jobs[job].ranges[place] = row
        } else {
            let place = jobs[job].ranges.firstIndex { $0.id > row.id } ?? jobs[job].ranges.endIndex
            jobs[job].ranges.insert(row, at: place)
        }
    }

    private mutating func put(_ row: BuildRow) {
        guard let job = jobs.firstIndex(where: { $0.row.id == row.job }) else { return }
        switch row.stage {
        case .loaded: isAsLoaded = row.digest == TinyStore.digest(of: entries)
        case .waiting, .loading: isAsLoaded = false
        case .draining, .drained, .published, .blocked, .cancelled: break
        }
        if let place = jobs[job].builds.firstIndex(where: { $0.index == row.index }) {
            jobs[job].builds[place] = row
        } else {
            jobs[job].builds.append(row)
        }
    }

    /// Each only if the record as it stands is still bad.
    private mutating func list(_ bad: [BadRecord]) {
        for key in bad.compactMap(\.primaryKey.bytes.first) where !badRecords.contains(key) {
            guard records.contains(where: { $0.key == key && $0.entry == nil }) else { continue }
            badRecords.append(key)
            badRecords.sort()
        }
    }

    private mutating func setBlocked(_ reason: String?) {
        guard state != .ready else { return }
        self.reason = reason
        state = reason == nil ? .building : .blocked
    }

    /// What the catalog wants built.
    var demands: [Demand] {
        let state: Demand.State
        switch self.state {
        case .ready: return []
        case .building: state = .building
        case .blocked: state = .blocked(badRecords: UInt64(badRecords.count))
        }
        return [Demand(table: 1, index: ClusterState.index, state: state, records: 0)]
    }

    /// Tries the proof and publishes, in one transaction.
    mutating func publish(job: JobID, epoch: Epoch, _ scope: Scope) throws(Fenced) -> PublishOutcome {
        guard epoch == self.epoch || scope.breaks.contains(.noEpochCheck) else { throw Fenced() }
        guard let place = jobs.firstIndex(where: { $0.row.id == job }), let build = jobs[place].builds.first else {
            return .gone
        }
        if build.stage == .published, state == .ready { return .published(entries: UInt64(entries.count)) }
        switch state {
        case .ready: return .gone
        case .blocked: return .failed("the generation is blocked")
        case .building: break
        }
        if let doubts = doubts(jobs[place], build, scope.breaks) { return .unproved(doubts) }
        guard badRecords.isEmpty else { return .badRecords(UInt64(badRecords.count)) }
        if !scope.breaks.contains(.publishesWithDelta) {
            guard delta.count <= scope.deltaMax else { return .deltaTooLarge(UInt64(delta.count)) }
            _ = drain(limit: delta.count)
        }
        state = .ready
        isAsLoaded = false
        jobs[place].builds[0].stage = .published
        jobs[place].builds[0].owner = nil
        jobs[place].builds[0].error = nil
        return .published(entries: UInt64(entries.count))
    }

    private func doubts(_ job: JobImage, _ build: BuildRow, _ breaks: Set<Break>) -> [Proof.Doubt]? {
        if breaks.contains(.noProof) { return nil }
        var doubts = Proof.doubts(index: 0, ranges: job.ranges, build: build, transaction: 1)
        if breaks.contains(.trustsLoaders) { doubts.removeAll { $0.isOfDigests } }
        return doubts.isEmpty ? nil : doubts
    }

    /// Throws unless the ledger says that the lease is this holder's.
    func confirm(_ lease: Lease, of holder: Nonce, breaks: Set<Break>) throws(Fenced) {
        if breaks.contains(.noLeaseCheck) { return }
        let build = jobs.first { $0.row.id == lease.job }?.builds.first
        guard let build, build.isHeld(under: lease, by: holder) else { throw Fenced() }
    }
}

extension Proof.Doubt {
    fileprivate var isOfDigests: Bool {
        if case .digestDiffers = self { return true }
        return false
    }
}
