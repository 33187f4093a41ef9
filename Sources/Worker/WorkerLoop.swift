internal import Backfill
internal import Logging
internal import Runs
internal import Runtime
internal import Wire

/// Turns what happens into the session's events, and its effects into messages and work. One thread.
final class WorkerLoop {
    /// The longest wait in which nobody hears that the loop is alive, in milliseconds.
    private static let turnMillisMax: Int64 = 250
    /// How long leaving waits for working threads, in milliseconds: a transaction and a block of a run are far shorter.
    private static let lettingGoMillis: Int64 = 2_000
    /// The same when there is no time left to leave gracefully.
    private static let lettingGoMillisLate: Int64 = 500

    private let process: WorkerProcess
    private let link: CoordinatorLink
    private let clock = ShellClock()
    private let desk: WorkDesk
    private var session: WorkerSession
    private var wake: Instant
    private var leavingSince: Instant?
    private var isDone = false
    private var isOutOfGrace = false
    private var refusalLogged: Refusal?
    private var statusTold = ""

    init(_ process: WorkerProcess, link: CoordinatorLink, session: WorkerSession) {
        self.process = process
        self.link = link
        self.session = session
        desk = WorkDesk(process)
        wake = clock.now()
    }

    func run() throws -> WorkerProcess.Ending {
        defer {
            // Also on the way out with an error: no thread of ours stays behind in the environment.
            desk.abandonAll(within: isOutOfGrace ? WorkerLoop.lettingGoMillisLate : WorkerLoop.lettingGoMillis)
            link.close()
        }
        while !isDone {
            let patience = min(max(wake.millisecondsSince(clock.now()), 0), WorkerLoop.turnMillisMax)
            try link.wait(milliseconds: Int(patience))
            if try link.hasConnected() { apply(.connected) }
            try takeMail()
            try takeMessages()
            if let progress = desk.progress { apply(.progressed(progress)) }
            apply(.tick)
            desk.rest(at: clock.now())
            checkGrace()
            tellStatus()
            process.settings.onTurn()
        }
        return isOutOfGrace ? .graceOver : .left
    }

    private func takeMessages() throws {
        while !isDone {
            do {
                guard let envelope = try link.receive() else { return }
                apply(.received(envelope))
            } catch let error as WireError {
                process.log.warning("a message from the coordinator was dropped: \(error)")
            }
        }
    }

    private func takeMail() throws {
        for mail in process.mailbox.takeAll() {
            switch mail {
            case .stop:
                if leavingSince == nil { process.log.info("worker \(process.incarnation.pid) is asked to leave") }
                leavingSince = leavingSince ?? clock.now()
                apply(.stop)
            case .stopNow:
                isOutOfGrace = true
                isDone = true
            case .finished(let message):
                desk.ended(message.lease)
                apply(.finished(message))
            case .notStarted(let message):
                apply(.finished(message))
            case .abandoned(let lease):
                desk.ended(lease)
            case .spoilt(let error):
                // Whoever started this process starts another, to which the environment is whole.
                throw error
            }
        }
    }

    private func checkGrace() {
        guard let leavingSince, clock.now().millisecondsSince(leavingSince) >= process.graceMillis else {
            return
        }
        guard !isDone else { return }
        process.log.warning("the grace period of \(process.graceMillis) ms is over; leaving with work undone")
        isOutOfGrace = true
        isDone = true
    }

    private func tellStatus() {
        let status = session.statusLine
        guard status != statusTold else { return }
        statusTold = status
        process.settings.onStatus(status)
    }

    private func apply(_ event: WorkerSession.Event) {
        var effects: [WorkerSession.Effect] = []
        wake = session.apply(event, at: clock.now(), into: &effects)
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: WorkerSession.Effect) {
        do {
            switch effect {
            case .send(let envelope):
                if try !link.send(envelope) { process.log.debug("nobody to talk to; will be said again") }
            case .start(let grant): desk.start(grant)
            case .cut(let lease): desk.order(.cut, lease)
            case .abandon(let lease): desk.order(.abandon, lease)
            case .discard(let lease):
                process.log.info("what was done under the \(lease) counts for nothing: it was given to somebody else")
                try desk.discard(lease)
            case .exit: isDone = true
            case .refused(let refusal): log(refusal)
            }
        } catch {
            process.log.error("\(error)")
        }
    }

    private func log(_ refusal: Refusal) {
        if refusalLogged != refusal { process.log.error("no work for this worker: \(refusal.message)") }
        refusalLogged = refusal
    }
}

extension WorkerSession {
    /// What the worker does, for whoever looks at the service manager.
    var statusLine: String {
        if isLeaving { return "leaving" }
        switch (standing, work) {
        case (.gone, _): return "left"
        case (.refused(let refusal), _): return "no work for this worker: \(refusal.message)"
        case (_, .working(let grant)): return "at work: \(grant.lease.item) of job \(grant.lease.job)"
        case (_, .reporting(let lease, _)): return "reporting: \(lease.item) of job \(lease.job)"
        case (.introducing, .idle): return "waiting for a coordinator"
        case (.serving, .idle): return "waiting for work"
        }
    }
}
