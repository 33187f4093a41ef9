public import Logging
internal import Synchronization

/// Keeps child processes running: the shell around `SupervisorPlan`.
///
/// `run` occupies one thread, on which every callback is made; the other calls are safe from every thread and return
/// at once.
public final class Supervisor: Sendable {
    /// What happened to a child, for messages and for those that wait.
    public enum Notice: Hashable, Sendable {
        case started(ChildID)
        case startFailed(ChildID, reason: String)
        case ended(ChildID, ChildExit)
        /// It ended unasked and will be started again.
        case restarting(ChildID, after: Duration)
        /// It ended in a way that a restart cannot help (`RestartPolicy.isFinal`).
        case gaveUp(ChildID, ChildExit)
        /// It did not end within its grace period.
        case killing(ChildID)
        /// The rolling restart is over: every child was replaced and healthy, or `unhealthy` names the one that was
        /// not.
        case rollingEnded(unhealthy: ChildID?, isComplete: Bool)
    }

    /// A child as it is now.
    public struct Status: Hashable, Sendable {
        /// Its number.
        public let id: ChildID
        /// What messages call it.
        public let name: String
        /// Its process, while it has one.
        public let process: ProcessIdentity?
        /// Whether it has ended for good.
        public let hasEnded: Bool
    }

    struct Shared: Sendable {
        var events: [SupervisorPlan.Event] = []
        var specs: [ChildID: ChildSpec] = [:]
        var statuses: [Status] = []
        var isRunning = false
    }

    let log: Logger
    let wake: WakePipe
    let shared = Mutex(Shared())
    let onNotice: @Sendable (Notice) -> Void
    let isHealthy: @Sendable (Status) -> Bool
    let turnMax: Duration?
    let onTurn: @Sendable () -> Void

    /// A supervisor without children; throws `SystemFailure` when no pipe can be made.
    ///
    /// `isHealthy` is asked during a rolling restart, every few milliseconds while it says false; `onTurn` is called
    /// each time that the loop has gone round, at least every `turnMax`. All callbacks must be quick.
    public init(
        log: Logger, onNotice: @escaping @Sendable (Notice) -> Void = { _ in },
        isHealthy: @escaping @Sendable (Status) -> Bool = { _ in true },
        turnMax: Duration? = nil, onTurn: @escaping @Sendable () -> Void = {}
    ) throws {
        self.log = log
        self.onNotice = onNotice
        self.isHealthy = isHealthy
        self.turnMax = turnMax
        self.onTurn = onTurn
        wake = try WakePipe()
    }

    /// Adds a child, which is started as soon as `run` runs.
    @discardableResult
    public func add(_ spec: ChildSpec) -> ChildID {
        let id = shared.withLock { shared in
            let id = ChildID(number: shared.specs.count)
            shared.specs[id] = spec
            shared.statuses.append(Status(id: id, name: spec.name, process: nil, hasEnded: false))
            shared.events.append(.add(id, spec.restart, grace: spec.grace, endsLast: spec.endsLast))
            return id
        }
        wake.wake()
        return id
    }

    /// Ends one child for good: SIGTERM, and SIGKILL after its grace period.
    public func stop(_ id: ChildID) { post(.stop(id)) }

    /// Ends all children for good, after which `run` returns.
    public func stopAll() { post(.stopAll) }

    /// Ends all children at once with SIGKILL, after which `run` returns.
    public func killAll() { post(.killAll) }

    /// Sends SIGHUP to every child that runs: read your settings anew, reopen your logs.
    public func reloadAll() { post(.reload) }

    /// Replaces children one after the other: SIGTERM, grace, SIGKILL, start, wait until healthy, next.
    ///
    /// Ends with the notice `rollingEnded`; stops at the first child that is not healthy in time. One at a time.
    public func restartRolling(_ ids: [ChildID], healthyWithin: Duration = .seconds(30)) {
        post(.roll(ids, healthyWithin: healthyWithin))
    }

    /// The children in the order in which they were added.
    public var children: [Status] { shared.withLock { $0.statuses } }

    /// Starts and watches the children until all have ended for good; throws `SystemFailure` when it cannot watch any
    /// more, after killing them.
    @available(*, noasync)
    public func run() throws {
        let isFirst = shared.withLock { shared in
            defer { shared.isRunning = true }
            return !shared.isRunning
        }
        precondition(isFirst, "a supervisor runs once, on one thread")
        var loop = SupervisorLoop(self)
        try loop.run()
    }

    private func post(_ event: SupervisorPlan.Event) {
        shared.withLock { $0.events.append(event) }
        wake.wake()
    }
}
