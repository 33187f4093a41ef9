/// Who takes part: hello, heartbeat, loss, departure.
extension Coordinator {
    /// Expects the owners of the leases that the ledger names to come back.
    mutating func awaitOwners(at now: Instant) {
        for job in jobs where job.row.state == .open {
            for range in job.ranges where range.state == .leased {
                expect(
                    range.owner,
                    Lease(job: range.job, item: .scan(range: range.id), attempt: range.attempt, epoch: range.epoch),
                    at: now)
            }
            for build in job.builds {
                guard let item = build.itemInHand else { continue }
                expect(
                    build.owner, Lease(job: build.job, item: item, attempt: build.attempt, epoch: build.epoch), at: now)
                loader = build.owner?.nonce
            }
        }
    }

    private mutating func expect(_ owner: Incarnation?, _ lease: Lease, at now: Instant) {
        guard let owner else { return }
        var worker = WorkerState(owner, standing: .awaited, at: now)
        worker.lease = lease
        workforce[owner.nonce] = worker
    }

    func patience(with worker: WorkerState) -> Int64 {
        worker.standing == .awaited ? limits.reunionMillis : limits.silenceMillis
    }

    mutating func welcome(_ hello: Hello, at now: Instant, into effects: inout Effects) {
        let nonce = hello.incarnation.nonce
        let isNew = workforce[nonce].map { $0.standing == .awaited } ?? true
        var worker = workforce[nonce] ?? WorkerState(hello.incarnation, standing: .serving, at: now)
        worker.program = hello.program
        worker.lastSeen = now
        if let refusal = refusal(of: hello) {
            workforce[nonce] = worker
            giveBack(worker, .released, refusal.message, at: now, into: &effects)
            workforce[nonce]?.standing = .refused(refusal.message)
            effects.send(.refused(refusal), to: nonce)
            if isNew { effects.error("worker \(hello.incarnation.pid) refused: \(refusal.message)") }
            return
        }
        if worker.standing == .awaited { worker.standing = .serving }
        workforce[nonce] = worker
        let keeps = hello.holding != nil && hello.holding == worker.lease
        effects.send(
            .welcome(Welcome(program: program, heartbeatMillis: limits.heartbeatMillis, keeps: keeps)), to: nonce)
        if isNew {
            let kept = keeps ? hello.holding.map { " and keeps its \($0.item)" } ?? "" : ""
            effects.info("worker \(hello.incarnation.pid) joined\(kept)")
        }
        if let held = hello.holding, !keeps {
            // By name: the hello may have crossed a grant, which the worker must not drop with it.
            effects.send(.revoke(held, reason: "the lease is no longer yours"), to: nonce)
        }
        let isGrantOld = now.millisecondsSince(worker.grantedAt) > limits.grantLostMillis
        if !keeps, worker.lease != nil, isNew || hello.holding != nil || isGrantOld {
            sendGrant(to: worker, at: now, into: &effects)
        }
    }

    private func refusal(of hello: Hello) -> Refusal? {
        if hello.protocolVersion != BuildProtocol.version {
            return Refusal(
                reason: .protocolVersion,
                message: "worker \(hello.program) speaks protocol \(hello.protocolVersion), coordinator \(program) "
                    + "speaks \(BuildProtocol.version): finish the upgrade so that both run the same version")
        }
        if hello.environment != environment {
            return Refusal(
                reason: .environment,
                message: "the worker has environment \(hello.environment) open, the coordinator \(environment): "
                    + "start both with the same --db")
        }
        if hello.extractorVersion != extractorVersion {
            return Refusal(
                reason: .extractorVersion,
                message: "worker \(hello.program) extracts entries by version \(hello.extractorVersion), coordinator "
                    + "\(program) by version \(extractorVersion): finish the upgrade so that both run the same version")
        }
        return nil
    }

    mutating func beat(
        _ heartbeat: Heartbeat, of worker: WorkerState, at now: Instant, into effects: inout Effects
    ) {
        var worker = worker
        worker.heartbeat = heartbeat
        if heartbeat.isLeaving, worker.standing == .serving { worker.standing = .leaving }
        workforce[worker.incarnation.nonce] = worker
        if let told = heartbeat.lease, told != worker.lease {
            effects.send(.revoke(told, reason: "the lease is no longer yours"), to: worker.incarnation.nonce)
        } else if heartbeat.lease == nil, worker.lease != nil,
            now.millisecondsSince(worker.grantedAt) > limits.grantLostMillis
        {
            sendGrant(to: worker, at: now, into: &effects)
        }
    }

    mutating func depart(_ worker: WorkerState, at now: Instant, into effects: inout Effects) {
        giveBack(worker, .released, nil, at: now, into: &effects)
        workforce[worker.incarnation.nonce] = nil
        effects.info("worker \(worker.incarnation.pid) left")
    }

    /// A worker that is gone for certain, or has been silent for too long: what it held goes back.
    mutating func lose(
        _ nonce: Nonce, _ outcome: AttemptRow.Outcome, _ why: String, at now: Instant, into effects: inout Effects
    ) {
        guard let worker = workforce[nonce] else { return }
        let held = worker.lease.map { "; its \($0.item) goes back" } ?? ""
        effects.warn("worker \(worker.incarnation.pid) lost: \(why)\(held)")
        giveBack(worker, outcome, why, at: now, into: &effects)
        workforce[nonce] = nil
    }

    /// Loses every worker that has been silent for too long.
    mutating func expire(at now: Instant, into effects: inout Effects) {
        for worker in workforce.all {
            let silence = now.millisecondsSince(worker.lastSeen)
            guard silence >= patience(with: worker) else { continue }
            lose(worker.incarnation.nonce, .expired, "silent for \(silence) ms", at: now, into: &effects)
        }
    }

    /// Takes a worker's lease away, and hands the work to whoever is next.
    mutating func giveBack(
        _ worker: WorkerState, _ outcome: AttemptRow.Outcome, _ error: String?, at now: Instant,
        into effects: inout Effects
    ) {
        guard let lease = worker.lease else { return }
        free(worker.incarnation.nonce)
        let end = Ending(outcome: outcome, error: error, worker: worker.incarnation, at: now)
        switch lease.item {
        case .scan(let range): requeue(range: range, of: lease.job, end, into: &effects)
        case .load(let place), .drain(let place): requeue(index: place, of: lease.job, end, into: &effects)
        }
    }

    mutating func free(_ nonce: Nonce) {
        workforce[nonce]?.lease = nil
        workforce[nonce]?.heartbeat = nil
        if loader == nonce { loader = nil }
    }
}

/// How a lease ended without a result.
struct Ending {
    var outcome: AttemptRow.Outcome
    var error: String?
    var worker: Incarnation
    var at: Instant
    /// At least so long to wait, in milliseconds, whatever the count of failures.
    var waitMillis: Int64 = 0

    /// Whether it may go away by itself: it says little about the work, much about the machine.
    var mayPass = false

    /// Whether it speaks against the work itself: a worker that leaves or runs out of room does not.
    var isFailure: Bool { outcome != .released }
}

extension BuildRow {
    /// The item that somebody holds, if the stage says so.
    var itemInHand: WorkItem? {
        switch stage {
        case .loading: .load(index: index)
        case .draining: .drain(index: index)
        case .waiting, .loaded, .drained, .published, .blocked, .cancelled: nil
        }
    }
}
