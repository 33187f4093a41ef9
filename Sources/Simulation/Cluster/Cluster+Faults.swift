internal import Backfill

/// Faults that strike processes and the machine.
extension Cluster {
    func strike() {
        guard isFaulty else { return }
        strikeOnce()
        after(1 + dice.below(2 * plan.strikeGapMicros), .strike)
    }

    private func strikeOnce() {
        let living = workers.compactMap { $0 }
        let coordinators = coordinators.compactMap { $0 }
        switch dice.below(20) {
        case 0, 1: if has(.kills), !living.isEmpty { kill(dice.one(of: living)) }
        case 2: if has(.kills), !coordinators.isEmpty { kill(dice.one(of: coordinators)) }
        case 3: if has(.stops), !living.isEmpty { stop(dice.one(of: living)) }
        case 4: if has(.stops), !coordinators.isEmpty { stop(dice.one(of: coordinators)) }
        case 5, 6, 15: if has(.restarts), !living.isEmpty { restart(dice.one(of: living)) }
        case 7: if has(.restarts), !coordinators.isEmpty { restart(dice.one(of: coordinators)) }
        case 8: if has(.partition) { beginPartition() }
        case 9: if has(.disconnects), !living.isEmpty { disconnect(dice.one(of: living)) }
        case 10: if has(.clockJumps) { jumpClock() }
        case 11: if has(.noSpace), !isFull { fillDisk() }
        case 12: if has(.runDamage) { damageRun() }
        case 13: if has(.powerLoss), dice.chance(600) { losePower() }
        case 14: if has(.lostLock), lockHolder != nil { loseLock() }
        case 16: if has(.hastyPublishing) { publishHastily() }
        case 17, 18: if has(.runDamage) { damageRun() }
        default: if has(.putByKey) { poisonKey = dice.chance(500) ? UInt32(dice.below(plan.keySpace)) : nil }
        }
    }

    private func restart(_ worker: SimulatedWorker) {
        note("worker \(name(worker)) is asked to leave")
        worker.mail.append(.stop)
        after(1, .ended(worker.life, work: -1))
    }

    private func restart(_ process: SimulatedCoordinator) {
        note("coordinator \(name(process)) is asked to leave")
        process.isStopping = true
        guard process.core != nil else { return end(process) }
        schedule(process, at: now + 1)
    }

    private func jumpClock() {
        let jump = Int64(dice.within(-20_000_000...20_000_000))
        for case let worker? in workers where dice.chance(400) { worker.clock.offsetMicros += jump }
        for case let process? in coordinators where dice.chance(600) {
            process.clock.offsetMicros += jump
            schedule(process, at: now + 1_000)
        }
        moments.count(.clockJumped)
        note("clocks jump by \(jump / 1_000) ms")
    }

    private func fillDisk() {
        isFull = true
        note("the disk is full")
        after(dice.within(50_000...3_000_000), .spaceReturns)
    }

    func damageRun() {
        guard !disk.files.isEmpty else { return }
        let place = dice.below(disk.files.count)
        guard !disk.files[place].isUnfinished else { return }
        let damage: SimulatedDisk.Damage? = dice.one(of: [.short, .corrupt, nil])
        note("a run of range \(disk.files[place].identity.range) is \(damage.map { "\($0)" } ?? "missing") from now on")
        disk.strike(place, damage)
    }

    private func loseLock() {
        note("the coordinator's lock is lost")
        lockHolder = nil
    }
}
