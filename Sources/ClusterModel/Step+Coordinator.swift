internal import Backfill

/// What the coordinator in office does, and how it ends.
extension Step {
    mutating func takeOffice() {
        state.store.epoch += 1
        let store = state.store
        var limits = Limits()
        limits.recordsPerRange = scope.recordsPerRange
        let core = Coordinator(
            epoch: store.epoch, environment: ClusterState.environment, program: "p", extractorVersion: 1,
            jobs: store.jobs, nextJob: store.nextJob, limits: limits, seed: 0, now: ClusterState.now
        ).abstracted(at: ClusterState.now)
        state.coordinator = TinyCoordinator(core: core)
        for place in state.workers.indices { state.workers[place].isConnected = false }
    }

    /// One batch of one event for the coordinator in office.
    mutating func coordinate(_ action: ClusterAction, reach: Reach) {
        guard var coordinator = state.coordinator else { return }
        let event = event(of: action, for: &coordinator)
        state.coordinator = coordinator
        guard let event else { return }
        decide(event, late: isLate(event), as: \.coordinator, reach: reach)
    }

    /// Takes what happens next off its queue and makes it an event; nil if it ends there.
    mutating func event(of action: ClusterAction, for coordinator: inout TinyCoordinator) -> Event? {
        switch action {
        case .look:
            coordinator.seen = state.store.demands
            return .catalog(state.store.demands)
        case .errand, .formerErrand: return carryOut(coordinator.errands.removeFirst(), for: &coordinator)
        case .mail, .formerMail: return coordinator.mail.removeFirst()
        case .hear(let place), .formerHears(let place):
            return .message(forged(state.post.toCoordinator[place].removeFirst()))
        case .waitsEnd: return .tick
        case .noticeDeath(let place):
            let alive = state.workers.filter(\.isAlive).map(\.nonce)
            let dead = coordinator.core.workers.map(\.incarnation.nonce)
                .first { $0.low == UInt64(place + 1) && !alive.contains($0) }
            return dead.map { .workerDied($0) }
        case .suspect(let place):
            state.budget.spend(\.suspicions)
            return .workerDied(state.workers[place].nonce)
        default: return nil
        }
    }

    /// Whether so much time has passed that a worker that knows nothing of its grant is told again.
    ///
    /// A grant that is still under way is told again by a doubled message, which the scope counts.
    private func isLate(_ event: Event) -> Bool {
        guard case .message(let envelope) = event,
            let place = state.workers.firstIndex(where: { $0.nonce == envelope.sender })
        else { return event == .tick }
        switch envelope.message {
        case .hello, .heartbeat: return !state.post.toWorkers[place].contains { $0.message.isGrant }
        default: return false
        }
    }

    /// Decide, store, then speak.
    mutating func decide(
        _ event: Event, late: Bool = false, as chair: WritableKeyPath<ClusterState, TinyCoordinator?>, reach: Reach
    ) {
        guard var coordinator = state[keyPath: chair] else { return }
        var effects = Effects()
        let soon = coordinator.core.limits.grantLostMillis + 1
        let later = ClusterState.now.advanced(byMilliseconds: event == .tick ? 1 : soon)
        coordinator.core.apply(event, at: late ? later : ClusterState.now, into: &effects)
        coordinator.core.advance(at: event == .tick ? later : ClusterState.now, into: &effects)
        coordinator.core = coordinator.core.abstracted(at: ClusterState.now)
        guard commit(effects.writes, epoch: coordinator.core.epoch, reach: reach) else {
            state[keyPath: chair] = nil
            return see(.formerCoordinatorFenced)
        }
        watch(effects, after: event)
        switch reach {
        case .whole:
            coordinator.errands += effects.requests
            send(effects.sends, epoch: coordinator.core.epoch)
        case .speaks: send(effects.sends, epoch: coordinator.core.epoch)
        case .storesAndStops:
            coordinator.errands += effects.requests
            coordinator.unsent = effects.sends
        case .stores, .storesHalf: break
        }
        state[keyPath: chair] = coordinator
    }

    /// False if another is in office; then nothing is stored.
    private mutating func commit(_ writes: [LedgerWrite], epoch: Epoch, reach: Reach) -> Bool {
        let stored =
            switch reach {
            case .speaks: writes.prefix(0)
            case .storesHalf: writes.prefix(writes.count / 2)
            case .whole, .stores, .storesAndStops: writes[...]
            }
        do {
            try state.store.commit(stored, epoch: epoch, breaks: scope.breaks)
            return true
        } catch {
            return false
        }
    }

    mutating func send(_ sends: [Send], epoch: Epoch) {
        for send in sends {
            guard let place = state.workers.firstIndex(where: { $0.nonce == send.worker && $0.isAlive }) else {
                continue
            }
            state.post.toWorkers[place].append(CoordinatorEnvelope(epoch: epoch, message: send.message))
        }
    }

    // MARK: Errands

    /// What an errand finds out, at once; what came of publishing takes its time to be heard.
    private mutating func carryOut(_ request: Request, for coordinator: inout TinyCoordinator) -> Event? {
        switch request {
        case .discover(let job, _, let from, let records):
            let rest = state.store.records.map(\.key).filter { key in from.map { Key([key]) >= $0 } ?? true }
            let boundary = rest.count > records ? Key([rest[records]]) : nil
            return .discovered(job: job, from: from, boundary: boundary, records: 0)
        case .middle(let job, _, let range, let interval):
            let inside = state.store.records.map(\.key).filter { interval.contains(Key([$0])) }
            return .middle(job: job, range: range, cut: inside.count > 1 ? Key([inside[inside.count / 2]]) : nil)
        case .publish(let job, _, _, let place):
            do {
                let outcome = try publish(job: job, epoch: coordinator.core.epoch)
                coordinator.mail.append(.publish(job: job, place: place, outcome))
            } catch {
                see(.formerCoordinatorFenced)
                if state.former?.core.epoch == coordinator.core.epoch { state.former = nil }
            }
        case .removeRuns:
            state.store.runs = []
        case .removeJob: break
        }
        return nil
    }

    private mutating func publish(job: JobID, epoch: Epoch) throws(TinyStore.Fenced) -> PublishOutcome {
        let pending = state.store.delta.count
        let outcome = try state.store.publish(job: job, epoch: epoch, scope)
        switch outcome {
        case .published:
            see(.published)
            if pending > 0 { see(.deltaAppliedAtPublishing) }
        case .deltaTooLarge: see(.deltaTooLarge)
        case .badRecords: see(.blockedByRecord)
        case .uniqueViolations, .unproved, .paused, .gone, .failed, .failedForGood: break
        }
        return outcome
    }

    mutating func publishUnasked() {
        let epoch = state.store.epoch
        guard let job = state.store.jobs.last?.row.id else { return }
        do {
            let outcome = try publish(job: job, epoch: epoch)
            state.coordinator?.mail.append(.publish(job: job, place: 0, outcome))
        } catch {
            see(.formerCoordinatorFenced)
        }
    }
}

extension CoordinatorMessage {
    var isGrant: Bool {
        if case .grant = self { return true }
        return false
    }
}
