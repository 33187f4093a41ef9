internal import Backfill
internal import Values

/// How coordinators die, are stopped and wake, and what of their words is remarkable.
extension Step {
    mutating func crash(losesPost: Bool) {
        state.budget.spend(\.restarts)
        if state.coordinator?.mail.isEmpty == false { see(.publishingOutcomeLost) }
        state.coordinator = nil
        if losesPost { for place in state.workers.indices { state.post.toCoordinator[place] = [] } }
    }

    mutating func crash(in action: ClusterAction, reach: Reach) {
        coordinate(action, reach: reach)
        crash(losesPost: false)
    }

    /// The coordinator stands still; whoever watches over it starts another.
    mutating func stop() {
        state.budget.spend(\.secondCoordinators)
        state.former = state.coordinator
        state.coordinator = nil
    }

    mutating func wakeFormer(_ action: ClusterAction) {
        guard var former = state.former else { return }
        switch action {
        case .formerSends:
            send(former.unsent, epoch: former.core.epoch)
            state.former?.unsent = []
        case .formerAlarm:
            // It slept, so everybody seems to have been silent. The first loss that is worth a row ends it.
            for worker in former.core.workers {
                decide(.workerDied(worker.incarnation.nonce), as: \.former, reach: .whole)
            }
        default:
            let event = event(of: action, for: &former)
            // An errand that met the fence has ended it.
            guard state.former != nil else { return }
            state.former = former
            if let event { decide(event, as: \.former, reach: .whole) }
        }
    }

    /// With the break: a result is taken for one of whoever holds the lease, of whatever attempt.
    func forged(_ envelope: WorkerEnvelope) -> WorkerEnvelope {
        guard scope.breaks.contains(.acceptsStaleResults) || scope.breaks.contains(.trustsLoaders),
            let lease = envelope.message.lease, let job = state.store.jobs.first(where: { $0.row.id == lease.job })
        else { return envelope }
        var envelope = envelope
        switch envelope.message {
        case .scanned(var result):
            guard case .scan(let id) = lease.item, scope.breaks.contains(.acceptsStaleResults),
                let range = job.ranges.first(where: { $0.id == id }), let owner = range.owner
            else { return envelope }
            result.lease.attempt = range.attempt
            result.lease.epoch = range.epoch
            envelope.sender = owner.nonce
            envelope.message = .scanned(result)
        case .loaded(var result):
            if scope.breaks.contains(.trustsLoaders) {
                let runs = job.ranges.compactMap { $0.runs.first ?? nil }
                result.digest = runs.reduce(.zero) { $0 + $1.digest }
            }
            if scope.breaks.contains(.acceptsStaleResults), let build = job.builds.first, let owner = build.owner {
                result.lease.attempt = build.attempt
                result.lease.epoch = build.epoch
                envelope.sender = owner.nonce
            }
            envelope.message = .loaded(result)
        default: break
        }
        return envelope
    }

    /// What a batch says that is worth counting.
    mutating func watch(_ effects: Effects, after event: Event) {
        for send in effects.sends {
            switch send.message {
            case .welcome(let welcome): if welcome.keeps { see(.leaseKept) }
            case .settled(let lease, .stale):
                if case .message(let told) = event, told.isResult(of: lease) {
                    see(.staleResultRefused)
                }
            case .settled(let lease, .counted):
                if effects.writes.isEmpty, case .message(let told) = event,
                    told.isResult(of: lease)
                {
                    see(.countedResultRepeated)
                }
            case .grant(let grant): if !effects.stores(grant.lease) { see(.grantRepeated) }
            case .revoke: see(.leaseRevoked)
            case .introduce, .refused: break
            }
        }
        for write in effects.writes {
            if case .blocked(_, _, nil) = write { see(.unblocked) }
        }
        if case .message(let told) = event, case .scanned(let result) = told.message,
            effects.writes.contains(where: { $0.isRest(of: result) })
        {
            see(.rangeCut)
        }
    }
}

extension WorkerEnvelope {
    fileprivate func isResult(of lease: Lease) -> Bool {
        switch message {
        case .scanned, .loaded, .drained: message.lease == lease
        case .hello, .heartbeat, .failed, .goodbye: false
        }
    }
}

extension Effects {
    /// Whether a grant of this lease is new in this batch.
    fileprivate func stores(_ lease: Lease) -> Bool {
        writes.contains { write in
            switch (write, lease.item) {
            case (.range(let row), .scan(let range)): row.id == range && row.attempt == lease.attempt
            case (.build(let row), .load), (.build(let row), .drain): row.attempt == lease.attempt
            default: false
            }
        }
    }
}

extension LedgerWrite {
    /// Whether it stores the range that begins where a scan was cut.
    fileprivate func isRest(of result: ScanResult) -> Bool {
        guard case .range(let row) = self, let cut = result.interval.end else { return false }
        return row.interval.start == cut && row.state == .pending && row.attempt == 0
    }
}
