internal import Backfill

/// A coordinator's lock, office and loop: decide, store, then speak.
extension Cluster {
    func tryLock(_ process: SimulatedCoordinator) {
        guard process.phase == .standingBy, survivesEffect(process) else { return }
        if let holder = lockHolder, coordinator(holder) != nil {
            process.hasWaited = true
            return after(200_000, .tryLock(process.life))
        }
        if process.hasWaited { moments.count(.standbyTookOver) }
        takeOffice(process)
    }

    func takeOffice(_ process: SimulatedCoordinator) {
        lockHolder = process.life
        do {
            if failsToRead() { throw SimulatedError.transient }
            let nonce = process.nonce
            let office = try transact(.office(nonce: nonce)) { store throws(SimulatedError) in
                store.takeOffice(nonce)
            }
            guard survivesEffect(process) else { return }
            let core = Coordinator(
                epoch: office.epoch, environment: environment, program: process.program.name,
                extractorVersion: process.program.extractor, jobs: try store.images(), nextJob: office.nextJob,
                limits: plan.limits, seed: dice.next(), now: process.clock.now(now))
            process.core = core
            process.phase = .idle
            process.tookOfficeAt = now
            note("coordinator \(name(process)) takes office: epoch \(office.epoch)")
            let others = coordinators.count { $0?.core != nil && $0 !== process }
            if others > 0 { moments.count(.twoCoordinatorsAtOnce) }
            announce(process)
            addErrand(.removeLeftovers, process)
            schedule(process, at: now + 1_000)
        } catch {
            note("coordinator \(name(process)) cannot take office: \(error)")
            if error as? SimulatedError == .corrupt { fail(MarksStandOnEntries.name, "the ledger is not whole") }
            end(process)
        }
    }

    func schedule(_ process: SimulatedCoordinator, at time: Int64) {
        guard process.wakeAt <= now || time < process.wakeAt else { return }
        process.wakeAt = max(time, now + 1)
        queue.add(.coordinatorWakes(process.life), at: process.wakeAt)
    }

    func loop(_ process: SimulatedCoordinator) {
        guard violation == nil else { return }
        guard process.phase == .idle, var core = process.core else { return process.hasMissedWake = true }
        if process.isStopping {
            note("coordinator \(name(process)) leaves office")
            return end(process)
        }
        var effects = Effects()
        let local = process.clock.now(now)
        let events = takeEvents(process)
        // The core is moved out and back: two holders would copy it at every change.
        process.core = nil
        for event in events { core.apply(event, at: local, into: &effects) }
        core.advance(at: local, into: &effects)
        process.core = core
        for note in effects.notes { self.note("coordinator \(name(process)): \(note.text)") }
        countNotes(effects, core)
        if let violation = checkers.checkQueues(of: core, inFlight: inFlight) {
            fail(violation.checker, violation.message)
        }
        let wake = effects.wake
        process.pending = effects
        if let wake { schedule(process, at: now + process.clock.micros(until: wake, at: now)) }
        if effects.writes.isEmpty { return speak(process) }
        process.phase = .committing
        process.commitWaitMillis = 10
        after(dice.within(20...1_500), .coordinatorCommits(process.life))
    }

    private func takeEvents(_ process: SimulatedCoordinator) -> [Event] {
        var events: [Event] = []
        if process.demandsSeen != store.demandsVersion {
            // A look that fails is followed by the next one.
            guard !failsToRead() else {
                schedule(process, at: now + 20_000)
                return takeInbox(process)
            }
            process.demandsSeen = store.demandsVersion
            let demands = store.demands()
            if demands != process.demands || process.isCatalogStale {
                process.isCatalogStale = false
                if let before = process.demands, before.map(\.index) != demands.map(\.index) {
                    addErrand(.tidy, process)
                }
                process.demands = demands
                events.append(.catalog(demands))
            }
        }
        return events + takeInbox(process)
    }

    private func takeInbox(_ process: SimulatedCoordinator) -> [Event] {
        var events = process.inbox
        process.inbox.removeAll(keepingCapacity: true)
        events.append(.tick)
        return events
    }

    func commit(_ process: SimulatedCoordinator) {
        guard process.phase == .committing, let core = process.core else { return }
        guard survivesEffect(process) else { return moments.count(.killedBeforeCommit) }
        let writes = process.pending.writes
        do {
            try transact(.coordinator(nonce: process.nonce, epoch: core.epoch), writes: writes) {
                store throws(SimulatedError) in
                try store.commit(writes, epoch: core.epoch)
            }
        } catch let error where error.mayPass {
            rewindTrap()
            moments.count(.ledgerCommitRetried)
            note("coordinator \(name(process)) cannot store: \(error)")
            after(process.commitWaitMillis * 1_000, .coordinatorCommits(process.life))
            process.commitWaitMillis = min(process.commitWaitMillis * 2, 5_000)
            if process.isStopping { end(process) }
            return
        } catch {
            note("coordinator \(name(process)) ends: \(error)")
            if error == .fenced { moments.count(.coordinatorFenced) }
            if error != .fenced, error != .permanent { fail(MarksStandOnEntries.name, "the ledger refused: \(error)") }
            return end(process)
        }
        if trace != nil { for write in writes { note("  stored: \(Trace.text(write))") } }
        if process.pending.touchesCatalog {
            process.isCatalogStale = true
            process.demandsSeen = nil
        }
        process.phase = .speaking
        after(dice.within(10...300), .coordinatorSpeaks(process.life))
    }

    func speak(_ process: SimulatedCoordinator) {
        guard let core = process.core else { return }
        let effects = process.pending
        process.pending = Effects()
        process.phase = .idle
        for request in effects.requests {
            if case .publish = request { writeBurst() }
            addErrand(.request(request), process)
        }
        for send in effects.sends {
            guard survivesEffect(process) else { return moments.count(.killedBetweenCommitAndSend) }
            if let violation = checkers.checkSettlement(send, store, core) {
                fail(violation.checker, violation.message)
            }
            countSend(send.message)
            self.send(send.message, to: send.worker, from: process, epoch: core.epoch)
        }
        if !process.inbox.isEmpty || process.hasMissedWake { schedule(process, at: now + 20) }
        process.hasMissedWake = false
    }

    private func countSend(_ message: CoordinatorMessage) {
        switch message {
        case .settled(_, .stale): moments.count(.lateResultRefused)
        case .welcome(let welcome) where welcome.keeps: moments.count(.leaseKeptOverRestart)
        case .grant: strikeAtWorstMoment(.grant)
        default: break
        }
    }

    private func countNotes(_ effects: Effects, _ core: Coordinator) {
        for write in effects.writes {
            switch write {
            case .range(let row) where row.state == .failed: moments.count(.rangeGivenUp)
            case .range(let row) where row.state == .pending && !row.runs.isEmpty: moments.count(.rangeScannedAnew)
            case .badRecords: moments.count(.badRecordListed)
            default: break
            }
        }
        for request in effects.requests {
            if case .middle = request { moments.count(.rangeBisected) }
        }
        for note in effects.notes where note.text.contains("is not blocked any more") {
            moments.count(.blockedIndexRetried)
        }
        for note in effects.notes where note.text.contains("silent for") { moments.count(.workerExpired) }
    }
}
