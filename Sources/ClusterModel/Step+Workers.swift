internal import Backfill
internal import Values

/// What workers hear, say and do.
extension Step {
    mutating func connect(_ place: Int) {
        state.workers[place].isConnected = true
        apply(.connected, place)
    }

    mutating func tell(_ place: Int) {
        hear(state.post.toWorkers[place].removeFirst(), place)
    }

    mutating func hear(_ envelope: CoordinatorEnvelope, _ place: Int) {
        let session = state.workers[place].session
        if envelope.epoch < session.epoch { see(.oldEpochIgnored) }
        if case .settled(let lease, .counted) = envelope.message, envelope.epoch >= session.epoch,
            case .reporting(lease, .scanned) = session.work
        {
            checkStored(lease)
        }
        apply(.received(envelope), place)
    }

    /// A worker forgets a result that it is told counts: it had better be stored.
    private mutating func checkStored(_ lease: Lease) {
        guard case .scan(let id) = lease.item, let job = state.store.jobs.first(where: { $0.row.id == lease.job }),
            job.row.state == .open
        else { return }
        let range = job.ranges.first { $0.id == id }
        let isStored = range.map { $0.attempt > lease.attempt || $0.attempt == lease.attempt && $0.state == .scanned }
        if isStored != true { report("\(lease) was settled as counted and is not stored") }
    }

    /// Time passes, and what is unanswered is said again.
    mutating func repeatItself(_ place: Int) {
        apply(.tick, place, at: ClusterState.now.advanced(byMilliseconds: 500), keepsBeats: true)
    }

    mutating func kill(_ place: Int) {
        state.budget.spend(\.kills)
        end(place)
    }

    mutating func leave(_ place: Int) {
        state.budget.spend(\.departures)
        apply(.stop, place, keepsBeats: true)
    }

    mutating func hire(_ place: Int) {
        state.workers[place] = TinyWorker(place: place, generation: state.workers[place].generation + 1)
    }

    private mutating func end(_ place: Int) {
        state.workers[place].isAlive = false
        state.workers[place].work = nil
        state.post.toWorkers[place] = []
    }

    // MARK: The session

    /// Heartbeats that only say what is known are not sent: nothing would come of them.
    mutating func apply(
        _ event: WorkerSession.Event, _ place: Int, at moment: Instant = ClusterState.now, keepsBeats: Bool = false
    ) {
        var effects: [WorkerSession.Effect] = []
        _ = state.workers[place].session.apply(event, at: moment, into: &effects)
        state.workers[place].session = state.workers[place].session.abstracted(at: ClusterState.now)
        for effect in effects { perform(effect, place, keepsBeats: keepsBeats) }
    }

    private mutating func perform(_ effect: WorkerSession.Effect, _ place: Int, keepsBeats: Bool) {
        switch effect {
        case .send(let envelope):
            if case .heartbeat = envelope.message, !keepsBeats { return }
            state.post.toCoordinator[place].append(envelope)
        case .start(let grant):
            switch grant.lease.item {
            case .scan: state.workers[place].work = .scan(grant, isCut: false)
            case .load: state.workers[place].work = .load(grant, .begin)
            case .drain: state.workers[place].work = .drain(grant)
            }
        case .cut: cut(place)
        case .abandon: state.workers[place].work = nil
        case .discard(let lease): discard(lease, by: state.workers[place].nonce)
        case .exit: end(place)
        case .refused: report("worker \(place) was refused")
        }
    }

    private mutating func cut(_ place: Int) {
        switch state.workers[place].work {
        case .scan(let grant, _): state.workers[place].work = .scan(grant, isCut: true)
        case .load(let grant, _), .drain(let grant): fail(grant, .released, place)
        case nil: break
        }
    }

    private mutating func discard(_ lease: Lease, by worker: Nonce) {
        guard case .scan(let range) = lease.item else { return }
        state.store.runs.removeAll { $0.range == range && $0.attempt == lease.attempt && $0.writer == worker }
    }

    // MARK: Work

    mutating func finish(_ message: WorkerMessage, _ place: Int) {
        state.workers[place].work = nil
        apply(.finished(message), place)
    }

    mutating func fail(_ grant: Grant, _ kind: WorkFailure.Kind, _ place: Int) {
        finish(.failed(WorkFailure(lease: grant.lease, kind: kind, message: "m")), place)
    }

    mutating func work(_ place: Int) {
        switch state.workers[place].work {
        case .scan(let grant, let isCut): scan(grant, isCut: isCut, place)
        case .load(let grant, let stage): load(grant, stage, place)
        case .drain(let grant): drain(grant, place)
        case nil: break
        }
    }

    /// Reads the range in one snapshot, makes the run durable, and reports it.
    private mutating func scan(_ grant: Grant, isCut: Bool, _ place: Int) {
        guard case .scan(let id) = grant.lease.item else { return }
        var interval = grant.interval
        if isCut {
            // One record was scanned when the order came, if there is more than that.
            let inside = state.store.records.filter { interval.contains(Key([$0.key])) }
            guard inside.count > 1 else { return fail(grant, .released, place) }
            interval.end = Key([inside[0].key, 0])
        }
        let records = state.store.records.filter { interval.contains(Key([$0.key])) }
        let entries = records.compactMap(\.entry).sorted()
        let run = TinyStore.RunFile(
            range: id, attempt: grant.lease.attempt, writer: state.workers[place].nonce, entries: entries)
        if !state.store.store(run) { report("the run \(run.name) of another worker was overwritten") }
        let bad = records.filter { $0.entry == nil }.map { BadRecord(index: 0, primaryKey: Key([$0.key]), error: "e") }
        let summary = RunSummary(file: run.name, bytes: 0, digest: TinyStore.digest(of: entries), checksum: 0)
        finish(
            .scanned(
                ScanResult(
                    lease: grant.lease, interval: interval, runs: [summary], records: 0, snapshotMin: 1,
                    snapshotMax: 1, badRecords: bad, badRecordsCount: UInt64(bad.count), retries: 0)), place)
    }

    private mutating func drain(_ grant: Grant, _ place: Int) {
        guard confirms(grant, place) else { return }
        if state.store.drain(limit: 1) > 0 { see(.deltaDrained) }
        guard state.store.delta.isEmpty else { return }
        finish(.drained(DrainResult(lease: grant.lease, applied: 0, retries: 0)), place)
    }

    /// The beginning of every transaction that writes entries.
    mutating func confirms(_ grant: Grant, _ place: Int) -> Bool {
        do {
            try state.store.confirm(grant.lease, of: state.workers[place].nonce, breaks: scope.breaks)
            return true
        } catch {
            see(.lateLoaderFenced)
            fail(grant, .released, place)
            return false
        }
    }
}
