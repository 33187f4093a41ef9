internal import Backfill
internal import LMDB
internal import Ledger
internal import Logging
internal import Runtime
internal import Tables
internal import Wire

/// Turns what happens into the core's events, and its effects into rows, messages and errands. One thread.
///
/// Persist before you speak: messages and errands of a batch go out only after its rows are committed.
final class CoordinatorLoop {
    /// How often the catalog is looked at, in milliseconds: an index is picked up so soon after it is declared.
    private static let catalogMillis: Int64 = 20
    /// The longest wait in which nobody hears that the loop is alive, in milliseconds.
    private static let turnMillisMax: Int64 = 250
    /// Messages taken in one batch, so that one commit serves many of them.
    private static let batchMessages = 1_000
    /// How often dropped rows and stale readers are looked for, in milliseconds.
    private static let tidyMillis: Int64 = 10_000

    private let process: CoordinatorProcess
    private let ledger: Ledger
    private let links: WorkerLinks
    private let clock: ShellClock
    private let watch: ProcessWatch
    private let board: StatusBoard
    private let errands: Errands
    private var core: Coordinator
    private var wake: Instant?
    private var demands: [Demand]?
    /// Whether the catalog is told again, although it may look as it did: an order within one look is heard too.
    private var isCatalogStale = false
    private var tidiedAt: Instant?
    private var isDone = false
    private var lastProblem: String?
    /// Mail that came while the ledger could not be written; its turn comes in the next batch.
    private var heldMail: [CoordinatorProcess.Mail] = []

    init(
        _ process: CoordinatorProcess, core: Coordinator, ledger: Ledger, links: WorkerLinks, clock: ShellClock,
        office: OfficeRow
    ) throws {
        self.process = process
        self.core = core
        self.ledger = ledger
        self.links = links
        self.clock = clock
        watch = ProcessWatch(links, host: office.incarnation, log: process.log)
        board = StatusBoard(process, office: office, endpoint: links.endpoint)
        errands = try Errands(process, ledger: ledger, epoch: office.epoch)
    }

    func run() throws {
        defer {
            errands.stop()
            links.close()
            LiveStatus.remove(in: process.store.directory)
        }
        let open = core.jobs.filter { $0.row.state == .open }.map(\.row.id)
        errands.add(.removeLeftovers(keeping: open))
        while !isDone {
            let dead = try links.wait(milliseconds: patience())
            var events = try catalogEvents()
            try takeMail(into: &events)
            try takeMessages(into: &events)
            // Last words first: a worker that has just reported and left did not die with its work.
            events += dead.map(Event.workerDied)
            for nonce in dead { watch.forget(nonce) }
            events.append(.tick)
            try step(events)
            tidy(isDue: !dead.isEmpty)
            board.update(core, problem: lastProblem, at: clock.now())
            process.settings.onTurn()
        }
    }

    private func patience() -> Int {
        let untilWake = wake.map { max($0.millisecondsSince(clock.now()), 0) } ?? .max
        return Int(min(untilWake, CoordinatorLoop.catalogMillis))
    }

    /// The catalog first: what the core did last time has been committed, so both speak of the same state.
    ///
    /// A transient error leaves everything as it was; the next look is soon.
    private func catalogEvents() throws -> [Event] {
        let latest: [Demand]
        do {
            latest = try ledger.demands()
        } catch let error as LMDBError where error.isTransient {
            note(problem: "the catalog cannot be read: \(error)")
            return []
        }
        guard latest != demands || isCatalogStale else { return [] }
        isCatalogStale = false
        // Not on every record that is written: only when a build came, ended or was dropped.
        if let demands, demands.map(\.index) != latest.map(\.index) { errands.add(.tidy) }
        demands = latest
        return [.catalog(latest)]
    }

    /// Says it once, not at every look.
    private func note(problem: String) {
        if lastProblem != problem { process.log.error("\(problem)") }
        lastProblem = problem
    }

    private func takeMail(into events: inout [Event]) throws {
        let held = heldMail
        heldMail = []
        for mail in held + process.mailbox.takeAll() {
            switch mail {
            case .stop: isDone = true
            case .settings: events.append(.limits(process.limits))
            case .event(let event): events.append(event)
            case .problem(let text): note(problem: text)
            case .failed(let reason): throw CoordinatorStopped(reason: reason)
            }
        }
    }

    private func takeMessages(into events: inout [Event]) throws {
        for _ in 0..<CoordinatorLoop.batchMessages {
            do {
                guard let envelope = try links.receive() else { return }
                events.append(.message(envelope))
            } catch let error as WireError {
                process.log.warning("a worker's message was dropped: \(error)")
            }
        }
    }

    /// One batch: decide, store, then speak.
    private func step(_ events: [Event]) throws {
        let now = clock.now()
        var effects = Effects()
        for event in events { core.apply(event, at: now, into: &effects) }
        core.advance(at: now, into: &effects)
        wake = effects.wake
        try commit(effects.writes)
        if effects.touchesCatalog { isCatalogStale = true }
        for note in effects.notes { log(note) }
        for request in effects.requests { errands.add(.request(request)) }
        for send in effects.sends {
            let envelope = CoordinatorEnvelope(epoch: core.epoch, message: send.message)
            if try !links.send(envelope, to: send.worker) {
                process.log.debug("worker \(send.worker) is not connected; it will ask again")
            }
        }
        // Found dead: said with the next batch, at once. The mailbox is what the loop wakes for.
        for nonce in watch.follow(core.workers) { process.mailbox.post(.event(.workerDied(nonce))) }
    }

    /// Stores the batch's rows, however long that takes: until they are durable nothing may be said.
    ///
    /// Workers go on with what they have meanwhile. A fence or a stop ends the trying, and so does an error that will
    /// not go away: whoever takes office next begins from what is stored.
    private func commit(_ writes: [LedgerWrite]) throws {
        var wait = 10
        while true {
            do {
                try ledger.commit(writes, epoch: core.epoch)
                if wait > 10 { process.log.info("the ledger can be written again") }
                return
            } catch let error where CoordinatorLoop.mayPass(error) {
                lastProblem = "the ledger cannot be written: \(error)"
                process.log.error("the ledger cannot be written, trying again in \(wait) ms: \(error)")
                board.update(core, problem: lastProblem, at: clock.now())
                if hasStopArrived(within: wait) { throw error }
                wait = min(wait * 2, 5_000)
            }
        }
    }

    /// Whether a failed commit may succeed later.
    static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as LMDBError: error.isTransient
        case let error as GaplessError: error.retryable
        default: false
        }
    }

    /// Waits, but not beyond a stop; other mail is kept for the next batch, and does not shorten the wait.
    private func hasStopArrived(within milliseconds: Int) -> Bool {
        let deadline = clock.now().advanced(byMilliseconds: Int64(milliseconds))
        while true {
            heldMail += process.mailbox.takeAll()
            if heldMail.contains(where: { $0.isStop }) { return true }
            let left = deadline.millisecondsSince(clock.now())
            guard left > 0 else { return false }
            // It waits knowingly, and can be told so: it does not hang.
            process.settings.onTurn()
            _ = process.mailbox.bell.wait(milliseconds: Int(min(left, CoordinatorLoop.turnMillisMax)))
        }
    }

    private func log(_ note: Note) {
        switch note.level {
        case .info: process.log.info("\(note.text)")
        case .warning:
            // Whoever looks at the status should not have to read the log to see what goes wrong again and again.
            lastProblem = note.text
            process.log.warning("\(note.text)")
        case .error:
            lastProblem = note.text
            process.log.error("\(note.text)")
        }
    }

    /// A worker that died may have left a reader's slot behind, which pins pages until it is cleared.
    private func tidy(isDue: Bool) {
        let now = clock.now()
        let isOld = tidiedAt.map { now.millisecondsSince($0) >= CoordinatorLoop.tidyMillis } ?? true
        guard isDue || isOld else { return }
        tidiedAt = now
        errands.add(.tidy)
    }
}

/// Why a coordinator ended that was not asked to.
struct CoordinatorStopped: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}
