internal import Backfill

/// Starting, killing, stopping and restarting processes, and losing power.
extension Cluster {
    func drawNonce() -> Nonce {
        nextNonce += 1
        return Nonce(high: dice.next(), low: nextNonce)
    }

    private func drawClock() -> SimulatedClock {
        let offset = Int64(dice.below(2_000_000))
        let drift = plan.faults.contains(.clockDrift) ? Int64(dice.within(-200_000...200_000)) : 0
        return SimulatedClock(offsetMicros: offset, drift: drift)
    }

    private func drawPid() -> Int32 {
        if plan.faults.contains(.everyPidIsOne) { return 1 }
        let pid = Int32(100 + dice.below(60))
        if usedPids.contains(pid) { moments.count(.pidUsedAgain) }
        usedPids.append(pid)
        return pid
    }

    func startWorker(_ slot: Int, _ number: Int) {
        guard workers[slot] == nil, workerLives[slot] == number else { return }
        let program = programs[slot]
        let life = Life(slot: slot, number: number)
        let clock = drawClock()
        let incarnation = Incarnation(
            host: "host", bootID: "boot", pid: drawPid(), startTicks: 1, startedAt: Instant(milliseconds: 0),
            nonce: drawNonce())
        let hello = Hello(
            protocolVersion: program.protocolVersion(seenBy: .current), program: program.name,
            extractorVersion: program.extractor, incarnation: incarnation, environment: environment, holding: nil)
        let worker = SimulatedWorker(life, program: program, session: WorkerSession(identity: hello), clock: clock)
        workers[slot] = worker
        note("worker \(name(worker)) starts, pid \(incarnation.pid), version \(program.name)")
        if let listener { after(dice.within(200...30_000), .connected(worker: life, coordinator: listener)) }
        loop(worker)
    }

    func startCoordinator(_ slot: Int, _ number: Int) {
        guard coordinators[slot] == nil, coordinatorLives[slot] == number else { return }
        let process = SimulatedCoordinator(
            Life(slot: slot, number: number), program: programs[plan.workers + slot], nonce: drawNonce(),
            clock: drawClock())
        coordinators[slot] = process
        note("coordinator \(name(process)) starts, version \(process.program.name)")
        tryLock(process)
    }

    /// A process ends; its supervisor starts it again.
    func end(_ worker: SimulatedWorker) {
        guard isAlive(worker) else { return }
        let slot = worker.life.slot
        workers[slot] = nil
        workerLives[slot] += 1
        after(1_000 * dice.within(1...plan.restartMillis), .startWorker(slot: slot, number: workerLives[slot]))
        for case let process? in coordinators where process.core != nil && isWatched(worker, by: process) {
            after(dice.within(100...3_000), .answer(process.life, .workerDied(worker.nonce)))
        }
    }

    /// Whether the coordinator sees the end of the process itself; in containers of their own it does not.
    private func isWatched(_ worker: SimulatedWorker, by process: SimulatedCoordinator) -> Bool {
        guard !plan.faults.contains(.noProcessWatch), !plan.faults.contains(.everyPidIsOne) else { return false }
        let isKnown = process.core?.workers.contains { $0.incarnation.nonce == worker.nonce } == true
        if isKnown { moments.count(.workerDeathNoticed) }
        return isKnown
    }

    func kill(_ worker: SimulatedWorker) {
        note("worker \(name(worker)) is killed")
        if let work = worker.current, work.outcome == nil, work.commits > 0, case .load = work.grant.lease.item {
            moments.count(.loaderKilledBetweenCommits)
        }
        end(worker)
    }

    func end(_ process: SimulatedCoordinator) {
        guard coordinator(process.life) != nil else { return }
        let slot = process.life.slot
        coordinators[slot] = nil
        coordinatorLives[slot] += 1
        if lockHolder == process.life { lockHolder = nil }
        if listener == process.life { listener = nil }
        for case let worker? in workers where worker.link == process.life {
            worker.link = nil
            if let listener { after(dice.within(500...60_000), .connected(worker: worker.life, coordinator: listener)) }
        }
        after(
            1_000 * dice.within(1...plan.restartMillis), .startCoordinator(slot: slot, number: coordinatorLives[slot]))
    }

    func kill(_ process: SimulatedCoordinator) {
        note("coordinator \(name(process)) is killed")
        end(process)
    }

    /// Whether the process lives on: it may be killed between any two effects.
    func survivesEffect(_ worker: SimulatedWorker) -> Bool {
        guard isAlive(worker) else { return false }
        guard has(.killsAtEffects), dice.chance(perMillion: plan.killsPerMillion) else { return true }
        kill(worker)
        return false
    }

    func survivesEffect(_ process: SimulatedCoordinator) -> Bool {
        guard coordinator(process.life) != nil else { return false }
        guard has(.killsAtEffects), dice.chance(perMillion: plan.killsPerMillion) else { return true }
        kill(process)
        return false
    }

    func stop(_ worker: SimulatedWorker) {
        guard !worker.isStopped else { return }
        worker.isStopped = true
        note("worker \(name(worker)) is stopped")
        after(dice.within(20_000...9_000_000), .wakeWorker(worker.life))
    }

    func wake(_ worker: SimulatedWorker) {
        guard worker.isStopped else { return }
        worker.isStopped = false
        moments.count(.workerWokeLate)
        note("worker \(name(worker)) wakes")
        let held = worker.held
        worker.held = []
        for happening in held { again(happening) }
        if worker.wakeAt <= now { worker.wakeAt = now + 1 }
        queue.add(.workerWakes(worker.life), at: worker.wakeAt)
    }

    func stop(_ process: SimulatedCoordinator) {
        guard !process.isStopped else { return }
        process.isStopped = true
        note("coordinator \(name(process)) is stopped")
        after(dice.within(20_000...9_000_000), .wakeCoordinator(process.life))
    }

    func wake(_ process: SimulatedCoordinator) {
        guard process.isStopped else { return }
        process.isStopped = false
        moments.count(.coordinatorWokeLate)
        note("coordinator \(name(process)) wakes")
        let held = process.held
        process.held = []
        for happening in held { again(happening) }
        schedule(process, at: now + 1)
    }

    /// What waited for a stopped process happens now, in its order.
    private func again(_ happening: Happening) {
        switch happening {
        case .toWorker, .toCoordinator: inFlight += 1
        default: break
        }
        after(1, happening)
    }

    func losePower() {
        moments.count(.powerLost)
        note("POWER IS LOST")
        for case let worker? in workers { end(worker) }
        for case let process? in coordinators { end(process) }
        if disk.losePower(&dice) > 0 { moments.count(.runLostUnsynced) }
        if has(.unsyncedStore), !versions.isEmpty, dice.chance(700) {
            let place = max(0, versions.count - 1 - dice.below(Cluster.rollbackMax))
            let jobs = store.jobs
            let transaction = store.transaction
            (store, model) = versions[place]
            versions.removeSubrange(place...)
            if weaknesses.contains(.marksOutliveRollback) { store.jobs = jobs }
            moments.count(.environmentRolledBack)
            note("the environment is back at transaction \(store.transaction) of \(transaction)")
            checkers.rolledBack()
        }
        if let violation = checkers.checkAfterPowerLoss(store, disk) { fail(violation.checker, violation.message) }
    }

    private static var rollbackMax: Int { 30 }
}
