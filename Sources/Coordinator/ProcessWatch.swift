internal import Backfill
internal import Logging
internal import Supervision

/// Watches the processes of workers on this host: a death is noticed at once, not after a silence.
final class ProcessWatch {
    private let links: WorkerLinks
    private let host: Incarnation
    private let log: Logger
    private var watched: [Nonce: ProcessHandle] = [:]
    private var unwatchable: Set<Nonce> = []

    /// `host` is this process.
    init(_ links: WorkerLinks, host: Incarnation, log: Logger) {
        self.links = links
        self.host = host
        self.log = log
    }

    /// Brings the watch in line with the workers there are; gives those that have ended already.
    ///
    /// One that cannot be watched (it is in another PID namespace, say) is left to its heartbeats: only the end of a
    /// process that was surely its own counts as its death.
    func follow(_ workers: [WorkerState]) -> [Nonce] {
        let present = Set(workers.map(\.incarnation.nonce))
        for nonce in watched.keys where !present.contains(nonce) { forget(nonce) }
        unwatchable.formIntersection(present)
        return workers.map(\.incarnation).filter { worker in
            watched[worker.nonce] == nil && !unwatchable.contains(worker.nonce) && hasEnded(worker)
        }.map(\.nonce)
    }

    func forget(_ nonce: Nonce) {
        links.unwatch(nonce)
        watched[nonce] = nil
    }

    /// Whether it has ended for certain; else it is watched from here on, if that is possible.
    private func hasEnded(_ worker: Incarnation) -> Bool {
        switch ProcessWatch.find(worker, from: host, log) {
        case .ended: return true
        case .hidden:
            unwatchable.insert(worker.nonce)
        case .running(let handle):
            watched[worker.nonce] = handle
            links.watch(handle.descriptor, of: worker.nonce)
        }
        return false
    }

    /// What became of a worker's process, as far as `host` can tell for certain.
    ///
    /// O1: in another PID namespace a PID means another process, or none. Where the namespace is not known, a process
    /// that fits in PID and start is watched as the worker's (whatever came of a mistake, a worker that lives joins
    /// again), but a missing one says nothing.
    static func find(_ worker: Incarnation, from host: Incarnation, _ log: Logger) -> ProcessHandle.Finding {
        guard worker.host == host.host, worker.bootID == host.bootID else { return .hidden }
        let process = ProcessIdentity(
            host: worker.host, bootID: worker.bootID, pid: worker.pid, startTicks: worker.startTicks)
        do {
            let finding = try ProcessHandle.find(process)
            let isCertain = worker.sharesProcesses(with: host)
            switch finding {
            case .ended where !isCertain: return .hidden
            case .running where !isCertain && worker.pidNamespace != nil: return .hidden
            case .ended, .running, .hidden: return finding
            }
        } catch {
            log.warning("worker \(worker.pid) cannot be watched, its silence will have to tell: \(error)")
            return .hidden
        }
    }
}
