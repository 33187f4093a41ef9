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

/// Does what the core asks of the environment, on a thread of its own, so that the coordinator is never deaf meanwhile.
final class Errands: Sendable {
    /// Errands waiting; far more than the core ever has under way, so that sending never waits.
    private static let waitingMax = 1 << 16
    /// Rows removed from dropped tables and indexes in one transaction.
    private static let rowsPerCleaning = 5_000

    /// The pause before an errand that failed is done again, in microseconds.
    private static let pauseMicroseconds: UInt32 = 200_000

    enum Errand: Sendable {
        case request(Request)
        /// Free what was dropped, and slots of readers that died.
        case tidy
        /// Remove runs that no open job needs.
        case removeLeftovers(keeping: [JobID])
    }

    private let process: CoordinatorProcess
    private let ledger: Ledger
    private let epoch: Epoch
    private let queue = Channel<Errand>(capacity: waitingMax)
    private let ended = Channel<Bool>(capacity: 1)

    /// Starts the thread.
    init(_ process: CoordinatorProcess, ledger: Ledger, epoch: Epoch) throws {
        self.process = process
        self.ledger = ledger
        self.epoch = epoch
        try BlockingThread(name: "errands") { [self] in
            while let errand = queue.receive() { run(errand) }
            _ = ended.send(true)
        }.detach()
    }

    func add(_ errand: Errand) { _ = queue.send(errand) }

    /// Ends the thread after the errand in hand, and waits for it.
    func stop() {
        queue.close()
        _ = ended.receive()
    }

    private func run(_ errand: Errand) {
        do {
            switch errand {
            case .request(let request): try run(request)
            case .tidy: try tidy()
            case .removeLeftovers(let jobs): try removeLeftovers(keeping: jobs)
            }
        } catch let fenced as Fenced {
            process.mailbox.post(.failed("\(fenced)"))
        } catch {
            followUp(errand, error)
        }
    }

    private func followUp(_ errand: Errand, _ error: any Error) {
        switch errand {
        case .request(.publish(let job, _, _, let place)):
            let outcome: Backfill.PublishOutcome =
                Errands.mayPass(error) ? .failed("\(error)") : .failedForGood("\(error)")
            process.mailbox.post(.event(.publish(job: job, place: place, outcome)))
        case .request(let request):
            retry(request, error)
        case .tidy, .removeLeftovers:
            // The next tidying, or the next coordinator, finds what is left.
            process.mailbox.post(.problem("tidying failed: \(error)"))
        }
    }

    /// Whether publishing may succeed later without anybody doing something about it.
    ///
    /// An index that is paused, blocked or gone by now is in a state that has a name already: the catalog says what
    /// follows.
    static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as GaplessError where error.code == .wrongState: true
        case is SystemError: true
        default: CoordinatorLoop.mayPass(error)
        }
    }

    /// Whatever failed is done again: the core waits for an answer. A short pause spares a disk that is full.
    ///
    /// Only questions about a table that was dropped are let go of: nobody waits for their answers.
    private func retry(_ request: Request, _ error: any Error) {
        do {
            guard try isWanted(request) else { return }
        } catch {
            process.mailbox.post(.problem("the catalog cannot be read: \(error)"))
        }
        process.mailbox.post(.problem("tried again until it works: \(error)"))
        usleep(Errands.pauseMicroseconds)
        add(.request(request))
    }

    private func isWanted(_ request: Request) throws -> Bool {
        switch request {
        case .discover(_, let table, _, _), .middle(_, let table, _, _):
            try process.store.read { txn in try process.store.tables(in: txn).contains { $0.id == table } }
        case .publish, .removeRuns, .removeJob: true
        }
    }

    private func run(_ request: Request) throws {
        switch request {
        case .discover(let job, let table, let from, let records):
            try Faults.point(.plan)
            let found = try KeyWalk(store: process.store, table: table).boundary(from: from, records: records)
            process.mailbox.post(
                .event(.discovered(job: job, from: from, boundary: found.boundary, records: found.records)))
        case .middle(let job, let table, let range, let interval):
            try Faults.point(.middle)
            let cut = try KeyWalk(store: process.store, table: table).middle(of: interval)
            process.mailbox.post(.event(.middle(job: job, range: range, cut: cut)))
        case .publish(let job, _, _, let place):
            // Whatever came of it: a drainer may have shut the gate for this transaction.
            defer { process.store.environment.writerGate.open() }
            let outcome = try ledger.publish(job: job, place: place, epoch: epoch, at: ShellClock().now())
            process.mailbox.post(.event(.publish(job: job, place: place, outcome)))
        case .removeRuns(let job):
            try Faults.point(.clean)
            try RunFolder(environment: process.store.directory).remove(job: job)
        case .removeJob(let job):
            try ledger.remove(job: job, epoch: epoch)
        }
    }

    private func tidy() throws {
        try Faults.point(.tidy)
        _ = try process.store.environment.staleReadersCleared()
        let rows = try process.store.cleanDropped(limit: Errands.rowsPerCleaning)
        if rows > 0 { process.log.info("removed \(rows) rows of what was dropped or replaced") }
    }

    /// Not in the name of an office that was lost meanwhile: the successor's jobs are none of `jobs`.
    private func removeLeftovers(keeping jobs: [JobID]) throws {
        let folder = RunFolder(environment: process.store.directory)
        for job in try folder.jobs() where !jobs.contains(job) {
            try ledger.requireOffice(epoch)
            try folder.remove(job: job)
            process.log.info("removed the leftover runs of job \(job)")
        }
    }
}
