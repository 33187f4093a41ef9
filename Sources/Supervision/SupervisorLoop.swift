internal import Glibc
internal import Logging
internal import Synchronization

/// The thread of a supervisor: waits for children, output, commands and time, and carries out what the plan decides.
struct SupervisorLoop {
    private let supervisor: Supervisor
    private var plan: SupervisorPlan
    private var processes: [ChildID: ChildProcess] = [:]
    /// Streams that have not ended, of living children.
    private var pipes: [Int32: (id: ChildID, pipe: ChildPipe)] = [:]
    private let clock = ContinuousClock()
    private let beginning = ContinuousClock.now
    private let identity: Result<ProcessIdentity, any Error>

    init(_ supervisor: Supervisor) {
        self.supervisor = supervisor
        plan = SupervisorPlan(seed: UInt64.random(in: .min ... .max))
        identity = Result { try ProcessIdentity.current() }
    }

    private var now: Duration { clock.now - beginning }

    mutating func run() throws {
        do {
            try loop()
        } catch {
            for process in processes.values { abandon(process) }
            throw error
        }
    }

    private mutating func loop() throws {
        while true {
            for event in supervisor.shared.withLock({ shared in
                defer { shared.events = [] }
                return shared.events
            }) {
                try apply(event)
            }
            if plan.isDone { return }
            try waitForAny()
            try apply(.tick)
            supervisor.onTurn()
        }
    }

    /// Carries out an event and all that follows from it at once.
    private mutating func apply(_ event: SupervisorPlan.Event) throws {
        var events = [event]
        while !events.isEmpty {
            for effect in plan.apply(events.removeFirst(), at: now) {
                if let answer = try carryOut(effect) { events.append(answer) }
            }
            publish()
        }
    }

    private mutating func carryOut(_ effect: SupervisorPlan.Effect) throws -> SupervisorPlan.Event? {
        switch effect {
        case .start(let id): return try start(id)
        case .terminate(let id): try processes[id]?.signal(SIGTERM)
        case .reload(let id): try processes[id]?.signal(SIGHUP)
        case .kill(let id): try processes[id]?.signal(SIGKILL, group: true)
        case .askHealth(let id):
            guard let status = supervisor.children.first(where: { $0.id == id }) else { return nil }
            return .health(id, supervisor.isHealthy(status))
        case .report(let notice):
            report(notice)
        }
        return nil
    }

    private mutating func start(_ id: ChildID) throws -> SupervisorPlan.Event {
        guard var spec = supervisor.shared.withLock({ $0.specs[id] }) else { fatalError("no child \(id)") }
        spec.environment[ParentWatch.variable] = try identity.get().description
        do {
            let process = try ChildProcess(spec)
            processes[id] = process
            for pipe in process.outputs { pipes[pipe.readingEnd] = (id, pipe) }
            return .started(id)
        } catch let failure as SystemFailure {
            return .startFailed(id, reason: failure.description)
        }
    }

    /// Waits for the end of a child, a line of output, a command, or the plan's next time.
    private mutating func waitForAny() throws {
        let ids = processes.keys.sorted()
        let streams = pipes.keys.sorted()
        let descriptors = [supervisor.wake.readingEnd] + streams + ids.compactMap { processes[$0]?.pollDescriptor }
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let wait = [plan.wakeAt.map { max(.zero, $0 - now) }, supervisor.turnMax].compactMap(\.self).min()
        let count = poll(&entries, nfds_t(entries.count), pollTimeout(wait))
        guard count >= 0 || errno == EINTR else { throw SystemFailure("poll", "of \(entries.count) descriptors") }
        guard count > 0 else { return }
        supervisor.wake.drain()
        for entry in entries where entry.revents != 0 {
            if let stream = pipes[entry.fd] { try readLines(of: stream.id, stream.pipe) }
        }
        for id in ids { try noticeEnd(of: id) }
    }

    private mutating func readLines(of id: ChildID, _ pipe: ChildPipe) throws {
        guard case .lines(let handler) = supervisor.shared.withLock({ $0.specs[id]?.output }) else { return }
        if try !pipe.readLines({ handler(pipe.stream, $0) }) { pipes[pipe.readingEnd] = nil }
    }

    private mutating func noticeEnd(of id: ChildID) throws {
        guard let process = processes[id], let exit = try process.wait(timeout: .zero) else { return }
        for pipe in process.outputs where pipes[pipe.readingEnd] != nil {
            try readLines(of: id, pipe)
            // What it left in the middle of a line is its last word.
            if case .lines(let handler) = supervisor.shared.withLock({ $0.specs[id]?.output }) {
                pipe.flush { handler(pipe.stream, $0) }
            }
            pipes[pipe.readingEnd] = nil
        }
        processes[id] = nil
        try apply(.ended(id, exit))
    }

    private func publish() {
        let phases = plan.children
        let identities = processes.mapValues(\.identity)
        supervisor.shared.withLock { shared in
            for (id, child) in phases {
                shared.statuses[id.number] = Supervisor.Status(
                    id: id, name: shared.statuses[id.number].name, process: identities[id], hasEnded: child.hasEnded)
            }
        }
    }

    private func abandon(_ process: ChildProcess) {
        do {
            try process.signal(SIGKILL, group: true)
            _ = try process.wait()
        } catch {
            supervisor.log.error(
                "a child could not be ended", metadata: ["pid": "\(process.pid)", "error": "\(error)"])
        }
    }

    private func report(_ notice: Supervisor.Notice) {
        publish()
        let log = supervisor.log
        switch notice {
        case .started(let id): log.info("\(name(id)) started", metadata: ["pid": "\(processes[id]?.pid ?? 0)"])
        case .startFailed(let id, let reason):
            log.error("\(name(id)) cannot be started", metadata: ["error": "\(reason)"])
        case .ended(let id, .code(0)): log.info("\(name(id)) ended", metadata: ["exit": "exit code 0"])
        case .ended(let id, let exit): log.warning("\(name(id)) ended", metadata: ["exit": "\(exit)"])
        case .restarting(let id, let delay): log.info("\(name(id)) will be restarted", metadata: ["after": "\(delay)"])
        case .gaveUp(let id, let exit): log.error("\(name(id)) stays down", metadata: ["exit": "\(exit)"])
        case .killing(let id): log.warning("\(name(id)) did not stop within its grace period: killed")
        case .rollingEnded(nil, isComplete: true): log.info("rolling restart complete")
        case .rollingEnded(nil, isComplete: false):
            log.warning("rolling restart refused: one is under way, or all is stopping")
        case .rollingEnded(let id?, _): log.error("rolling restart stopped: \(name(id)) is not healthy")
        }
        supervisor.onNotice(notice)
    }

    private func name(_ id: ChildID) -> String {
        supervisor.shared.withLock { $0.specs[id]?.name ?? "child \(id.number)" }
    }
}
