internal import Backfill

/// A worker's messaging loop and its desk.
extension Cluster {
    private static let graceMicros: Int64 = 10_000_000

    func loop(
        _ worker: SimulatedWorker, hasConnected: Bool = false, received envelope: CoordinatorEnvelope? = nil
    ) {
        guard violation == nil else { return }
        if hasConnected { apply(.connected, worker) }
        let mail = worker.mail
        worker.mail = []
        for item in mail where isAlive(worker) { take(item, worker) }
        if let envelope, isAlive(worker) { apply(.received(envelope), worker) }
        if let current = worker.current, isAlive(worker) { apply(.progressed(current.progress), worker) }
        if isAlive(worker) { apply(.tick, worker) }
        guard isAlive(worker) else { return }
        if let since = worker.leavingSince, now - since >= Cluster.graceMicros {
            note("worker \(name(worker)) leaves, its grace is over")
            return end(worker)
        }
    }

    func isAlive(_ worker: SimulatedWorker) -> Bool { workers[worker.life.slot] === worker }

    private func take(_ mail: SimulatedWorker.Mail, _ worker: SimulatedWorker) {
        switch mail {
        case .finished(let message):
            worker.works.removeAll { $0.grant.lease == message.lease }
            apply(.finished(message), worker)
        case .notStarted(let message): apply(.finished(message), worker)
        case .abandoned(let lease): worker.works.removeAll { $0.grant.lease == lease }
        case .stop:
            if worker.leavingSince == nil { worker.leavingSince = now }
            apply(.stop, worker)
        }
    }

    private func apply(_ event: WorkerSession.Event, _ worker: SimulatedWorker) {
        var effects: [WorkerSession.Effect] = []
        let wake = worker.session.apply(event, at: worker.clock.now(now), into: &effects)
        for effect in effects {
            guard isAlive(worker) else { return }
            perform(effect, worker)
        }
        guard isAlive(worker) else { return }
        let at = now + worker.clock.micros(until: wake, at: now)
        if worker.wakeAt <= now || at < worker.wakeAt {
            worker.wakeAt = at
            queue.add(.workerWakes(worker.life), at: at)
        }
    }

    private func perform(_ effect: WorkerSession.Effect, _ worker: SimulatedWorker) {
        switch effect {
        case .send(let envelope): send(envelope, from: worker)
        case .start(let grant): start(grant, worker)
        case .cut(let lease): order(.cut, lease, worker)
        case .abandon(let lease): order(.abandon, lease, worker)
        case .discard(let lease): discard(lease, worker)
        case .exit:
            moments.count(.workerLeft)
            note("worker \(name(worker)) leaves")
            end(worker)
        case .refused(let refusal):
            moments.count(.workerRefused)
            note("worker \(name(worker)) gets no work: \(refusal.message)")
        }
    }

    private func start(_ grant: Grant, _ worker: SimulatedWorker) {
        guard !worker.works.contains(where: { $0.grant.lease == grant.lease }) else {
            let failure = WorkFailure(
                lease: grant.lease, kind: .released, message: "the worker is still letting go of the same lease")
            worker.mail.append(.notStarted(.failed(failure)))
            after(50, .ended(worker.life, work: -1))
            return
        }
        worker.nextWork += 1
        let work = SimulatedWork(number: worker.nextWork, grant: grant)
        if weaknesses.contains(.staleSnapshot) { work.snapshotBefore = importedRecords }
        worker.works.append(work)
        // Those that were told to let go may take a moment, and more of them may come with a burst of late messages.
        if worker.works.count(where: { $0.order != .abandon }) > 1 {
            let threads = worker.works.map { "\($0.grant.lease) in \($0.phase)" }
            fail(MemoryIsBounded.name, "worker \(name(worker)) has \(threads.count) threads: \(threads)")
        }
        next(work, worker, in: pace())
    }

    private func order(_ order: SimulatedWork.Order, _ lease: Lease, _ worker: SimulatedWorker) {
        guard let work = worker.works.first(where: { $0.grant.lease == lease }) else { return }
        if work.order != .abandon { work.order = order }
        // O5: nobody sleeps through the loss of a lease.
        if work.isPausing { next(work, worker, in: 20) }
    }

    private func discard(_ lease: Lease, _ worker: SimulatedWorker) {
        guard case .scan(let range) = lease.item else { return }
        note("worker \(name(worker)) removes the runs of the \(lease)")
        if let violation = checkers.checkRemoval(of: lease, store) { fail(violation.checker, violation.message) }
        disk.remove(job: lease.job, range: range, attempt: lease.attempt)
    }

    /// How long a step takes, in microseconds.
    func pace() -> Int { 50 + dice.below(plan.stepMicros) }

    func next(_ work: SimulatedWork, _ worker: SimulatedWorker, in micros: Int) {
        work.token += 1
        work.isPausing = false
        after(micros, .step(worker.life, work: work.number, token: work.token))
    }

    func postEnd(_ worker: SimulatedWorker, _ number: Int) {
        if let work = worker.works.first(where: { $0.number == number }) {
            if let outcome = work.outcome {
                worker.mail.append(.finished(outcome))
            } else {
                worker.mail.append(.abandoned(work.grant.lease))
            }
        }
        loop(worker)
    }
}
