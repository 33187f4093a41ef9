internal import Backfill
internal import Glibc
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

    init(_ process: WorkerProcess) {
        self.process = process
    }

    /// How far the latest work is.
    var progress: WorkerSession.Progress? { current.flatMap { working[$0] }?.progress }

    /// Starts the work; its end comes as mail. Throws when no thread can be had.
    func start(_ grant: Grant) throws {
        // Two threads on one lease would write one file.
        guard working[grant.lease] == nil else {
            throw WorkError(kind: .transient, message: "an earlier start of the same lease has not ended yet")
        }
        let control = try WorkControl()
        let process = process
        try BlockingThread(name: "work") {
            process.mailbox.post(WorkDesk.outcome(of: grant, control, process))
        }.detach()
        working[grant.lease] = control
        current = grant.lease
        process.log.debug("begins the \(grant.lease)")
    }

    func order(_ order: WorkControl.Order, _ lease: Lease) {
        working[lease]?.give(order)
    }

    func ended(_ lease: Lease?) {
        guard let lease else { return }
        working[lease] = nil
        if current == lease { current = nil }
    }

    /// Stops all work and waits until its threads have let go of the environment.
    func abandonAll() {
        for lease in working.keys { order(.abandon, lease) }
        while !working.isEmpty {
            _ = process.mailbox.bell.wait(milliseconds: 1_000)
            for mail in process.mailbox.takeAll() {
                switch mail {
                case .finished(let message): ended(message.lease)
                case .abandoned(let lease): ended(lease)
                case .stop: break
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
        do {
            return .finished(try work(on: grant, control, process))
        } catch is Abandoned {
            return .abandoned(grant.lease)
        } catch let fenced as Fenced {
            process.log.warning("stopped in time: \(fenced)")
            return .finished(failure(grant, .released, "\(fenced)"))
        } catch let error as WorkError {
            return .finished(failure(grant, error.kind, error.message))
        } catch {
            return .finished(failure(grant, FailureKind(error).wire, "\(error)"))
        }
    }

    private static func failure(_ grant: Grant, _ kind: WorkFailure.Kind, _ message: String) -> WorkerMessage {
        .failed(WorkFailure(lease: grant.lease, kind: kind, message: message))
    }

    private static func work(on grant: Grant, _ control: WorkControl, _ process: WorkerProcess) throws -> WorkerMessage
    {
        let holder = process.incarnation.nonce
        switch grant.lease.item {
        case .scan:
            let log = process.log
            return try ScanWork(
                store: process.store, holder: holder, environment: process.environment, control: control,
                memoryBytes: process.settings.memoryBytes,
                report: { log.warning("an unfinished run stays behind: \($0)") }
            ).run(grant)
        case .load(let place):
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
