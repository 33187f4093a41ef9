internal import Backfill
internal import Supervision

/// Watches the processes of workers on this host: a death is noticed at once, not after a silence.
final class ProcessWatch {
    private let links: WorkerLinks
    private let host: (name: String, bootID: String)
    private var watched: [Nonce: ProcessHandle] = [:]
    private var unwatchable: Set<Nonce> = []

    init(_ links: WorkerLinks, host: Incarnation) {
        self.links = links
        self.host = (host.host, host.bootID)
    }

    /// Brings the watch in line with the workers there are.
    ///
    /// One that cannot be watched (it is in another PID namespace, say) is left to its heartbeats: only the end of a
    /// process that was surely its own counts as its death.
    func follow(_ workers: [WorkerState]) {
        let present = Set(workers.map(\.incarnation.nonce))
        for nonce in watched.keys where !present.contains(nonce) { forget(nonce) }
        unwatchable.formIntersection(present)
        for worker in workers.map(\.incarnation)
        where watched[worker.nonce] == nil && !unwatchable.contains(worker.nonce) {
            watch(worker)
        }
    }

    func forget(_ nonce: Nonce) {
        links.unwatch(nonce)
        watched[nonce] = nil
    }

    private func watch(_ incarnation: Incarnation) {
        guard incarnation.host == host.name, incarnation.bootID == host.bootID else { return }
        let process = ProcessIdentity(
            host: incarnation.host, bootID: incarnation.bootID, pid: incarnation.pid,
            startTicks: incarnation.startTicks)
        // Without a handle there is no watch, and silence has to tell.
        guard let handle = try? ProcessHandle(watching: process) else {
            unwatchable.insert(incarnation.nonce)
            return
        }
        watched[incarnation.nonce] = handle
        links.watch(handle.descriptor, of: incarnation.nonce)
    }
}
