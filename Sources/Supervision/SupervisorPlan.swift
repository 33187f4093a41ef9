/// What a supervisor decides, as a value: events in, effects out, time and dice as inputs.
///
/// `Supervisor` is the shell around it.
struct SupervisorPlan: Sendable {
    /// What the world tells.
    enum Event: Sendable {
        case add(ChildID, RestartPolicy, grace: Duration, endsLast: Bool = false)
        case started(ChildID)
        case startFailed(ChildID, reason: String)
        case ended(ChildID, ChildExit)
        case health(ChildID, Bool)
        case stop(ChildID)
        case stopAll
        case killAll
        /// To every child that runs: read your settings anew.
        case reload
        case roll([ChildID], healthyWithin: Duration)
        /// Time has passed.
        case tick
    }

    /// What must be done, in this order.
    enum Effect: Hashable, Sendable {
        case start(ChildID)
        case terminate(ChildID)
        case reload(ChildID)
        case kill(ChildID)
        case askHealth(ChildID)
        case report(Supervisor.Notice)
    }

    /// Where a child stands.
    enum Phase: Hashable, Sendable {
        case starting
        case running(since: Duration)
        /// Sent SIGTERM; SIGKILL follows at `killAt`, nil once it was sent.
        case stopping(killAt: Duration?, startsAgain: Bool)
        case waiting(until: Duration)
        /// For good; nil if it was stopped before it ran.
        case ended(ChildExit?)
    }

    struct Child: Sendable {
        var phase: Phase
        let restart: RestartPolicy
        let grace: Duration
        /// Whether the others need it while they end.
        var endsLast = false
        var failures = 0
    }

    private(set) var children: [(id: ChildID, child: Child)] = []
    private var dice: SeededDice
    private(set) var isStopping = false
    private var rolling: Rolling?
    private var effects: [Effect] = []

    init(seed: UInt64) {
        dice = SeededDice(seed: seed)
    }

    /// Whether no child will ever run again.
    var isDone: Bool {
        children.allSatisfy { if case .ended = $0.child.phase { true } else { false } }
    }

    /// When `tick` is due next.
    var wakeAt: Duration? {
        let times = children.compactMap { entry -> Duration? in
            switch entry.child.phase {
            case .waiting(let until): until
            case .stopping(let killAt, _): killAt
            case .starting, .running, .ended: nil
            }
        }
        return (times + [rolling?.wakeAt].compactMap(\.self)).min()
    }

    /// Applies one event at `now` (time since any fixed instant) and returns what must be done.
    mutating func apply(_ event: Event, at now: Duration) -> [Effect] {
        switch event {
        case .add(let id, let restart, let grace, let endsLast):
            add(id, Child(phase: .starting, restart: restart, grace: grace, endsLast: endsLast))
        case .started(let id): started(id, at: now)
        case .startFailed(let id, let reason): startFailed(id, reason, at: now)
        case .ended(let id, let exit): ended(id, exit, at: now)
        case .health(let id, let isHealthy): roll(id, isHealthy, at: now)
        case .stop(let id): stop(id, startsAgain: false, at: now)
        case .stopAll: stopAll()
        case .killAll: killAll()
        case .reload: reload()
        case .roll(let ids, let healthyWithin): startRolling(ids, healthyWithin, at: now)
        case .tick: tick(at: now)
        }
        if isStopping { stopWhatIsNotNeeded(at: now) }
        rollOn(at: now)
        defer { effects = [] }
        return effects
    }

    private mutating func add(_ id: ChildID, _ child: Child) {
        children.append((id, child))
        if isStopping { setPhase(.ended(nil), of: id) } else { effects.append(.start(id)) }
    }

    private mutating func started(_ id: ChildID, at now: Duration) {
        setPhase(.running(since: now), of: id)
        effects.append(.report(.started(id)))
    }

    private mutating func startFailed(_ id: ChildID, _ reason: String, at now: Duration) {
        effects.append(.report(.startFailed(id, reason: reason)))
        waitBeforeStart(id, ranFor: .zero, at: now)
    }

    private mutating func ended(_ id: ChildID, _ exit: ChildExit, at now: Duration) {
        guard let child = self[id] else { return }
        effects.append(.report(.ended(id, exit)))
        switch child.phase {
        case .stopping(_, startsAgain: true) where !isStopping:
            start(id)
        case .running(let since) where !isStopping && !child.restart.isFinal(exit):
            waitBeforeStart(id, ranFor: now - since, at: now)
        case .running where !isStopping:
            setPhase(.ended(exit), of: id)
            effects.append(.report(.gaveUp(id, exit)))
        case .starting, .running, .stopping, .waiting, .ended:
            setPhase(.ended(exit), of: id)
        }
    }

    private mutating func waitBeforeStart(_ id: ChildID, ranFor length: Duration, at now: Duration) {
        guard !isStopping, var child = self[id] else { return setPhase(.ended(nil), of: id) }
        child.failures = child.restart.failures(before: child.failures, afterRunOf: length)
        let delay = child.restart.delay(afterFailures: child.failures, using: &dice)
        child.phase = .waiting(until: now + delay)
        self[id] = child
        effects.append(.report(.restarting(id, after: delay)))
    }

    private mutating func start(_ id: ChildID) {
        setPhase(.starting, of: id)
        effects.append(.start(id))
    }

    /// Ends a child gracefully; does nothing to one that is ending already, except that it may lose its restart.
    private mutating func stop(_ id: ChildID, startsAgain: Bool, at now: Duration) {
        guard let child = self[id] else { return }
        switch child.phase {
        case .running:
            setPhase(.stopping(killAt: now + child.grace, startsAgain: startsAgain), of: id)
            effects.append(.terminate(id))
        case .stopping(let killAt, let again):
            setPhase(.stopping(killAt: killAt, startsAgain: again && startsAgain), of: id)
        case .waiting:
            if startsAgain { start(id) } else { setPhase(.ended(nil), of: id) }
        case .starting, .ended:
            break
        }
    }

    private mutating func stopAll() {
        isStopping = true
        rolling = nil
    }

    /// Ends every child, but those that the others need only after them: a worker hands over what it holds to a
    /// coordinator that still listens.
    private mutating func stopWhatIsNotNeeded(at now: Duration) {
        let isNeeded = children.contains { !$0.child.endsLast && !$0.child.hasEnded }
        for (id, child) in children {
            if isNeeded, child.endsLast, case .running = child.phase { continue }
            stop(id, startsAgain: false, at: now)
        }
    }

    private mutating func reload() {
        for (id, child) in children {
            if case .running = child.phase { effects.append(.reload(id)) }
        }
    }

    private mutating func killAll() {
        isStopping = true
        rolling = nil
        for (id, child) in children {
            switch child.phase {
            case .running, .stopping:
                setPhase(.stopping(killAt: nil, startsAgain: false), of: id)
                effects.append(.kill(id))
            case .waiting:
                setPhase(.ended(nil), of: id)
            case .starting, .ended:
                break
            }
        }
    }

    private mutating func tick(at now: Duration) {
        for (id, child) in children {
            switch child.phase {
            case .waiting(let until) where until <= now:
                start(id)
            case .stopping(let killAt?, let startsAgain) where killAt <= now:
                setPhase(.stopping(killAt: nil, startsAgain: startsAgain), of: id)
                effects.append(.report(.killing(id)))
                effects.append(.kill(id))
            case .starting, .running, .stopping, .waiting, .ended:
                break
            }
        }
    }

    /// The child with this number, if it was added.
    private(set) subscript(id: ChildID) -> Child? {
        get { children.first { $0.id == id }?.child }
        set {
            guard let newValue, let place = children.firstIndex(where: { $0.id == id }) else { return }
            children[place].child = newValue
        }
    }

    private mutating func setPhase(_ phase: Phase, of id: ChildID) {
        self[id]?.phase = phase
    }
}

// MARK: - Rolling restart

extension SupervisorPlan {
    /// One child after the other: stopped, started, healthy, next.
    struct Rolling: Sendable {
        var waiting: [ChildID]
        var current: ChildID?
        let healthyWithin: Duration
        var healthDeadline: Duration?
        var askAt: Duration?

        var wakeAt: Duration? {
            [askAt, healthDeadline].compactMap(\.self).min()
        }
    }

    /// How long after an answer the health is asked for again.
    static let healthInterval = Duration.milliseconds(50)

    private mutating func startRolling(_ ids: [ChildID], _ healthyWithin: Duration, at now: Duration) {
        guard !isStopping, rolling == nil else {
            return effects.append(.report(.rollingEnded(unhealthy: nil, isComplete: false)))
        }
        rolling = Rolling(waiting: ids, healthyWithin: healthyWithin)
    }

    /// The answer to `askHealth`.
    private mutating func roll(_ id: ChildID, _ isHealthy: Bool, at now: Duration) {
        guard rolling?.current == id, rolling?.healthDeadline != nil else { return }
        if isHealthy {
            rolling?.current = nil
            rolling?.healthDeadline = nil
            rolling?.askAt = nil
        } else {
            rolling?.askAt = now + Self.healthInterval
        }
    }

    /// Takes the rolling restart as far as it goes now.
    private mutating func rollOn(at now: Duration) {
        while rolling != nil, rolling?.current == nil {
            guard let next = rolling?.waiting.first else {
                rolling = nil
                return effects.append(.report(.rollingEnded(unhealthy: nil, isComplete: true)))
            }
            rolling?.waiting.removeFirst()
            // One that has ended for good is not raised again.
            if let child = self[next], !child.hasEnded {
                rolling?.current = next
                stop(next, startsAgain: true, at: now)
            }
        }
        guard let current = rolling?.current, let child = self[current] else { return }
        if case .running = child.phase { awaitHealth(of: current, at: now) }
        if child.hasEnded || (rolling?.healthDeadline).map({ $0 <= now }) == true {
            rolling = nil
            effects.append(.report(.rollingEnded(unhealthy: current, isComplete: false)))
        }
    }

    private mutating func awaitHealth(of id: ChildID, at now: Duration) {
        guard var state = rolling else { return }
        if state.healthDeadline == nil {
            state.healthDeadline = now + state.healthyWithin
            state.askAt = now
        }
        if let askAt = state.askAt, askAt <= now {
            state.askAt = nil
            effects.append(.askHealth(id))
        }
        rolling = state
    }
}

extension SupervisorPlan.Child {
    var hasEnded: Bool {
        if case .ended = phase { true } else { false }
    }
}

/// SplitMix64: small, seeded, good enough to spread restarts.
struct SeededDice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
