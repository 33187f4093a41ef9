internal import Backfill

/// Messages between workers and coordinators.
extension Cluster {
    func send(_ envelope: WorkerEnvelope, from worker: SimulatedWorker) {
        guard survivesEffect(worker) else { return }
        guard let link = worker.link, coordinator(link) != nil else {
            note("worker \(name(worker)) has nobody to tell: \(Trace.text(envelope.message))")
            return
        }
        noteReport(envelope, worker, link)
        for delay in delays(to: worker) {
            var time = now + Int64(delay)
            if !isOvertaking() { time = max(time, worker.sentUntil) }
            worker.sentUntil = max(worker.sentUntil, time)
            inFlight += 1
            queue.add(.toCoordinator(link, from: worker.life, envelope), at: time)
        }
    }

    private func noteReport(_ envelope: WorkerEnvelope, _ worker: SimulatedWorker, _ link: Life) {
        note("worker \(name(worker)) says \(Trace.text(envelope.message))")
        guard let lease = envelope.message.lease else { return }
        if let reported = worker.reported, reported.lease == lease {
            moments.count(reported.to == link ? .resultToldTwice : .resultToldToSuccessor)
        }
        worker.reported = (lease, link)
    }

    func send(_ message: CoordinatorMessage, to nonce: Nonce, from process: SimulatedCoordinator, epoch: Epoch) {
        let addressee = workers.first { $0?.nonce == nonce && $0?.link == process.life }
        guard let addressee, let worker = addressee else {
            note("coordinator \(name(process)) has no connection for \(Trace.text(message))")
            return
        }
        note("coordinator \(name(process)) to worker \(name(worker)): \(Trace.text(message))")
        for delay in delays(to: worker) {
            var time = now + Int64(delay)
            if !isOvertaking() { time = max(time, worker.receivedUntil) }
            worker.receivedUntil = max(worker.receivedUntil, time)
            inFlight += 1
            queue.add(
                .toWorker(worker.life, from: process.life, CoordinatorEnvelope(epoch: epoch, message: message)),
                at: time)
        }
    }

    /// After how long the message arrives: never, once, or twice.
    private func delays(to worker: SimulatedWorker) -> [Int] {
        if worker.isPartitioned || (has(.loss) && dice.chance(plan.messageFaultsPerMille)) {
            moments.count(.messageLost)
            note("  (lost)")
            return []
        }
        var all = [delay()]
        if has(.duplication), dice.chance(plan.messageFaultsPerMille) {
            moments.count(.messageDoubled)
            all.append(delay() + dice.below(3_000_000))
        }
        return all
    }

    private func delay() -> Int {
        let usual = dice.within(40...400)
        guard has(.delay), dice.chance(plan.messageFaultsPerMille) else { return usual }
        return usual + dice.below(4_000_000)
    }

    private func isOvertaking() -> Bool {
        guard has(.reordering), dice.chance(plan.messageFaultsPerMille * 4) else { return false }
        moments.count(.messageOvertaken)
        return true
    }

    func receive(_ envelope: WorkerEnvelope, _ process: SimulatedCoordinator, from: Life) {
        guard process.phase != .standingBy else { return }
        var envelope = envelope
        if case .hello(var hello) = envelope.message, let worker = worker(from) {
            hello.protocolVersion = worker.program.protocolVersion(seenBy: process.program)
            envelope.message = .hello(hello)
        }
        process.inbox.append(.message(envelope))
        loop(process)
    }

    func receive(_ envelope: CoordinatorEnvelope, _ worker: SimulatedWorker, from: Life) {
        loop(worker, received: envelope)
    }

    /// The endpoint has a listener: every worker that is not connected finds it, some day soon.
    func announce(_ process: SimulatedCoordinator) {
        listener = process.life
        for case let worker? in workers where worker.link != process.life {
            after(dice.within(500...60_000), .connected(worker: worker.life, coordinator: process.life))
        }
    }

    func connect(_ worker: SimulatedWorker, to coordinator: Life) {
        guard self.coordinator(coordinator) != nil, listener == coordinator, worker.link != coordinator else { return }
        worker.link = coordinator
        note("worker \(name(worker)) is connected")
        loop(worker, hasConnected: true)
    }

    func disconnect(_ worker: SimulatedWorker) {
        worker.link = nil
        note("worker \(name(worker)) lost its connection")
        guard let listener else { return }
        after(dice.within(20_000...500_000), .connected(worker: worker.life, coordinator: listener))
    }

    func beginPartition() {
        for case let worker? in workers where dice.chance(500) { worker.isPartitioned = true }
        note("a partition begins: \(workers.compactMap { $0?.isPartitioned == true ? $0.map(name) : nil })")
        after(dice.within(100_000...6_000_000), .partitionEnds)
    }

    func endPartition() {
        for case let worker? in workers where worker.isPartitioned {
            worker.isPartitioned = false
            moments.count(.partitionHealed)
        }
        note("the partition is over")
    }

    func name(_ worker: SimulatedWorker) -> String { "\(worker.life.slot).\(worker.life.number)" }
    func name(_ process: SimulatedCoordinator) -> String { "\(process.life.slot).\(process.life.number)" }
}
