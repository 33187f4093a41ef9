import Glibc
import Supervision

/// One process restarted, and what that took.
extension Rehearsal {
    @available(*, noasync)
    func clusterView() throws -> ClusterView { try program.decode(ClusterView.self, "status") }

    /// Waits until so many workers that are none of `old` are known to the coordinator.
    @available(*, noasync)
    @discardableResult
    func awaitWorkers(_ count: Int, besides old: Set<Int32>) throws -> ClusterView {
        var latest: ClusterView?
        do {
            try Wait.until(seconds: settings.patienceSeconds, "\(count) workers are known to a coordinator") {
                try processes.requireGoingOn()
                try noticeEnds()
                let view = try clusterView()
                latest = view
                return view.inOffice != nil && view.present.count { !old.contains($0.pid) } >= count
            }
        } catch let failure as RehearsalFailure {
            let seen = latest?.workers.map { "\($0.pid) \($0.state)" }.joined(separator: ", ") ?? ""
            throw RehearsalFailure("\(failure); status shows: \(seen)")
        }
        guard let latest else { throw RehearsalFailure("no status was read") }
        note(latest)
        return latest
    }

    /// Restarts one worker; returns when its successor is known to the coordinator.
    @available(*, noasync)
    func restartWorker(_ pid: Int32, in round: Int) throws {
        let shown = try ledger.look(program)
        let began = ContinuousClock.now
        let exit = try cluster.restart(pid, .worker, by: settings.signal)
        judge(exit, of: .worker, pid)
        let view = try awaitWorkers(settings.workers, besides: [pid])
        let seconds = (ContinuousClock.now - began).inSeconds
        record.change { figures in
            figures.workerRestarts += 1
            figures.workerSecondsLost += seconds
        }
        Progress.say(
            "round \(round)",
            "worker \(pid) ended\(exit.map { " with \($0)" } ?? ""); \(view.present.count) workers again after "
                + "\(seconds.tenths) s; \(shown.text)")
    }

    /// Restarts the coordinator; returns when another is in office and knows the workers.
    @available(*, noasync)
    func restartCoordinator(in round: Int) throws {
        let shown = try ledger.look(program)
        guard let pid = try clusterView().inOffice else { throw RehearsalFailure("no coordinator is in office") }
        let began = ContinuousClock.now
        let exit = try cluster.restart(pid, .coordinator, by: settings.signal)
        judge(exit, of: .coordinator, pid)
        try Wait.until(seconds: settings.patienceSeconds, "another coordinator is in office") {
            try processes.requireGoingOn()
            try noticeEnds()
            let now = try clusterView().inOffice
            return now != nil && now != pid
        }
        let seconds = (ContinuousClock.now - began).inSeconds
        record.change { figures in
            figures.coordinatorRestarts += 1
            figures.coordinatorSecondsAway += seconds
        }
        let view = try awaitWorkers(settings.workers, besides: [])
        Progress.say(
            "round \(round)",
            "coordinator \(pid) ended\(exit.map { " with \($0)" } ?? ""); \(view.inOffice ?? 0) in office "
                + "(epoch \(view.coordinator.epoch ?? 0)) after \(seconds.tenths) s; \(shown.text)")
    }

    private func judge(_ exit: ChildExit?, of role: Role, _ pid: Int32) {
        guard let exit, settings.signal == SIGTERM, exit != .code(0) else { return }
        record.breach(.leaving, "\(role.rawValue) \(pid) ended with \(exit) after SIGTERM")
    }

    /// Keeps what the status says of workers that get no work.
    private func note(_ view: ClusterView) {
        for worker in view.refused {
            guard let problem = worker.problem, !problem.isEmpty else {
                record.breach(.versions, "worker \(worker.pid) is refused, and status does not say why")
                continue
            }
            record.change { figures in
                if !figures.refusals.contains(problem) { figures.refusals.append(problem) }
            }
            if !settings.isUpgrade { record.breach(.versions, "worker \(worker.pid) is refused: \(problem)") }
        }
    }
}
