internal import Backfill

extension ClusterModel {
    /// A state, a line for each of its parts, so that a counterexample shows what a step changed.
    public func lines(describing state: ClusterState) -> [String] {
        var lines: [String] = []
        let store = state.store
        lines.append("records " + store.records.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        lines.append("index \(store.state)\(store.reason.map { ", \($0)" } ?? ""): entries \(store.entries)")
        if !store.delta.isEmpty {
            lines.append("delta " + store.delta.map { "\($0.isPresent ? "+" : "-")\($0.entry)" }.joined(separator: " "))
        }
        for run in store.runs { lines.append("run \(run.name): entries \(run.entries)") }
        for job in store.jobs { lines += self.lines(describing: job) }
        lines += describe(state.coordinator, "coordinator")
        lines += describe(state.former, "former coordinator")
        for (place, worker) in state.workers.enumerated() {
            let life = worker.isAlive ? "\(worker.session.standing)" : "dead"
            let leaving = worker.session.isLeaving ? ", leaving" : ""
            let lease = worker.session.holding.map { ", has \($0)" } ?? ""
            let activity = worker.work == nil ? "" : ", at work"
            lines.append("worker \(place) (epoch \(worker.session.epoch)): \(life)\(leaving)\(lease)\(activity)")
            for envelope in state.post.toCoordinator[place] {
                lines.append("from worker \(place): \(envelope.message.title)")
            }
            for envelope in state.post.toWorkers[place] {
                lines.append("to worker \(place), epoch \(envelope.epoch): \(envelope.message.title)")
            }
        }
        for astray in state.post.astray {
            switch astray {
            case .toCoordinator(let envelope): lines.append("astray, from a worker: \(envelope.message.title)")
            case .toWorker(let place, _, let envelope):
                lines.append("astray, to worker \(place), epoch \(envelope.epoch): \(envelope.message.title)")
            }
        }
        return lines
    }

    private func lines(describing job: JobImage) -> [String] {
        ["job \(job.row.id) \(job.row.state.rawValue)"]
            + job.ranges.map { range in
                "range \(range.id) \(range.interval) \(range.state.rawValue), attempt \(range.attempt)"
                    + (range.owner.map { ", worker \($0.nonce.low - 1)" } ?? "")
            }
            + job.builds.map { build in
                "build \(build.stage.rawValue), attempt \(build.attempt)"
                    + (build.owner.map { ", worker \($0.nonce.low - 1)" } ?? "")
            }
    }

    private func describe(_ coordinator: TinyCoordinator?, _ title: String) -> [String] {
        guard let coordinator else { return [] }
        let known = coordinator.core.workers.map { worker in
            "\(worker.incarnation.nonce.low - 1) \(worker.standing)" + (worker.lease.map { " has \($0)" } ?? "")
        }
        return ["\(title), epoch \(coordinator.core.epoch), knows workers [\(known.joined(separator: "; "))]"]
            + coordinator.errands.map { "\(title)'s errand: \($0)" } + coordinator.mail.map { "\(title)'s mail: \($0)" }
    }
}

extension WorkerMessage {
    fileprivate var title: String {
        switch self {
        case .hello(let hello): "hello" + (hello.holding.map { " with \($0)" } ?? "")
        case .heartbeat(let beat): "heartbeat" + (beat.lease.map { " with \($0)" } ?? "")
        case .scanned(let result): "scanned, \(result.lease)"
        case .loaded(let result): "loaded, \(result.lease)"
        case .drained(let result): "drained, \(result.lease)"
        case .failed(let failure): "failed (\(failure.kind)), \(failure.lease)"
        case .goodbye: "goodbye"
        }
    }
}

extension CoordinatorMessage {
    fileprivate var title: String {
        switch self {
        case .welcome(let welcome): "welcome\(welcome.keeps ? ", keep your lease" : "")"
        case .introduce: "introduce yourself"
        case .refused: "refused"
        case .grant(let grant): "grant of the \(grant.lease)"
        case .settled(let lease, let settlement): "\(lease) is settled: \(settlement.rawValue)"
        case .revoke(let lease, _): "revoked: \(lease)"
        }
    }
}
