internal import Backfill
internal import Faults
internal import Glibc
internal import LMDB
internal import Ledger
internal import Logging
internal import Runs
internal import Runtime
internal import Supervision
internal import Tables

/// Starts work on threads of their own and keeps what is needed to order it about. The loop's thread.
final class WorkDesk {
    private let process: WorkerProcess
    private var working: [Lease: WorkControl] = [:]
    private var current: Lease?
    private var idleSince: Instant?
    /// A worker without work keeps the memory of its scans for so long, in milliseconds.
    private static let keepsMemoryMillis: Int64 = 1_000

    init(_ process: WorkerProcess) {
        self.process = process
    }

    /// How far the latest work is.
    var progress: WorkerSession.Progress? { current.flatMap { working[$0] }?.progress }

    /// Starts the work; its end comes as mail, and so does the failure when it cannot be started.
    ///
    /// Without that mail the session would answer for work that nobody does, for ever.
    func start(_ grant: Grant) {
        do {
            try begin(grant)
        } catch {
            process.log.error("the \(grant.lease) cannot be started: \(error)")
            process.mailbox.post(.notStarted(WorkDesk.failure(grant, .transient, "cannot be started: \(error)")))
        }
    }

    private func begin(_ grant: Grant) throws {
        // The thread that this lease was taken from may still be letting go of it: two would write the same files.
        guard working[grant.lease] == nil else {
            let message = "the worker is still letting go of the same lease"
            return process.mailbox.post(.notStarted(WorkDesk.failure(grant, .released, message)))
        }
        let control = try WorkControl()
        let process = process
        try BlockingThread(name: "work", priority: WorkDesk.priority(of: grant.lease.item)) {
            process.mailbox.post(WorkDesk.outcome(of: grant, control, process))
        }.detach()
        working[grant.lease] = control
        current = grant.lease
        process.log.debug("begins the \(grant.lease)")
    }

    /// A scan goes after whoever serves users. Loads and drains hold the write lock, for which others wait; a load
    /// steps back by itself while somebody does (`Appender`).
    static func priority(of item: WorkItem) -> BlockingThread.Priority {
        switch item {
        case .scan: .background
        case .load: .normal
        case .drain: .bulk
        }
    }

    func order(_ order: WorkControl.Order, _ lease: Lease) {
        working[lease]?.give(order)
    }

    func ended(_ lease: Lease?) {
        guard let lease else { return }
        working[lease] = nil
        if current == lease { current = nil }
    }

    /// Gives memory that is kept for the next range back to the system, once no range has come for a while.
    func rest(at now: Instant) {
        guard working.isEmpty else { return idleSince = nil }
        let since = idleSince ?? now
        idleSince = since
        if now.millisecondsSince(since) >= WorkDesk.keepsMemoryMillis { process.shelf.clear() }
    }

    /// Stops all work and waits until its threads have let go of the environment, for at most so long.
    ///
    /// A thread may be waiting for a lock or a disk that is not ours to free; a process that leaves anyway
    /// loses nothing
    /// durable.
    func abandonAll(within milliseconds: Int64) {
        for lease in working.keys { order(.abandon, lease) }
        let deadline = ShellClock.microseconds() + milliseconds * 1_000
        while !working.isEmpty {
            let left = (deadline - ShellClock.microseconds()) / 1_000
            guard left > 0 else {
                return process.log.warning("leaving although \(working.count) pieces of work have not let go yet")
            }
            _ = process.mailbox.bell.wait(milliseconds: Int(left))
            for mail in process.mailbox.takeAll() {
                switch mail {
                case .finished(let message): ended(message.lease)
                case .abandoned(let lease): ended(lease)
                case .stop, .notStarted, .spoilt: break
                case .stopNow: return
                }
            }
        }
    }

    /// Removes the run files of a lease that count for nothing.
    func discard(_ lease: Lease) throws {
        guard case .scan(let range) = lease.item else { return }
        let folder = RunFolder(environment: process.store.directory)
        let prefix = "r\(range)-a\(lease.attempt)-"
        let files = try folder.runs(job: lease.job).filter { $0.hasPrefix(prefix) }
        try folder.remove(job: lease.job, files: files)
    }

    private static func outcome(of grant: Grant, _ control: WorkControl, _ process: WorkerProcess) -> WorkerProcess.Mail
    {
        defer { process.log.debug("was at the \(grant.lease)", metadata: control.times.metadata) }
        do {
            try Faults.point(.workBegin, "\(grant.lease)")
            let message = try work(on: grant, control, process)
            Faults.passed(.report, "\(grant.lease)")
            return .finished(message)
        } catch is Abandoned {
            return .abandoned(grant.lease)
        } catch let fenced as Fenced {
            process.log.warning("stopped in time: \(fenced)")
            return .finished(failure(grant, .released, "\(fenced)"))
        } catch let error as LMDBError where error.code == .panic {
            process.log.error("this process cannot use the database any more, and ends: \(error)")
            return .spoilt(error)
        } catch let error as WorkError {
            return .finished(failure(grant, error.kind, error.message))
        } catch {
            return .finished(failure(grant, FailureKind(error, in: process.store.directory).wire, "\(error)"))
        }
    }

    private static func failure(_ grant: Grant, _ kind: WorkFailure.Kind, _ message: String) -> WorkerMessage {
        Faults.passed(.failure, "\(grant.lease)")
        return .failed(WorkFailure(lease: grant.lease, kind: kind, message: message))
    }

    private static func work(on grant: Grant, _ control: WorkControl, _ process: WorkerProcess) throws -> WorkerMessage
    {
        let holder = process.incarnation.nonce
        switch grant.lease.item {
        case .scan:
            let log = process.log
            return try ScanWork(
                store: process.store, environment: process.environment, control: control,
                memoryBytes: process.settings.memoryBytes, shelf: process.shelf,
                report: { log.warning("an unfinished run stays behind: \($0)") }
            ).run(grant)
        case .load(let place):
            // A load brings memory of its own.
            process.shelf.clear()
            return try LoadWork(
                store: process.store, ledger: process.ledger, holder: holder, environment: process.environment,
                control: control
            ).run(grant, place: place)
        case .drain(let place):
            return try DrainWork(store: process.store, ledger: process.ledger, holder: holder, control: control)
                .run(grant, place: place)
        }
    }
}
