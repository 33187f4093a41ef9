/// A worker's decisions: introduce itself, work on one lease at a time, repeat a result until it is settled, leave.
///
/// A value without input or output, as ``Coordinator`` is.
public struct WorkerSession: Hashable, Sendable {
    /// Where the worker stands with the coordinator.
    public enum Standing: Hashable, Sendable {
        /// It has said hello and waits for the welcome.
        case introducing
        /// It takes part.
        case serving
        /// It gets no work here, for this reason.
        case refused(Refusal)
        /// It has said goodbye.
        case gone
    }

    /// What it is doing.
    public enum Work: Hashable, Sendable {
        /// Nothing.
        case idle
        /// Working on a grant.
        case working(Grant)
        /// Done; the result (or the failure) waits to be settled.
        case reporting(Lease, WorkerMessage)
    }

    /// The numbers it works with.
    public struct Limits: Hashable, Sendable {
        /// How often a hello or a result is repeated while unanswered, in milliseconds.
        public var repeatMillis: Int64 = 500
        /// How often a worker that was refused asks again, in milliseconds.
        public var refusedMillis: Int64 = 5_000
        /// Heartbeats before the welcome says otherwise, in milliseconds.
        public var heartbeatMillis: Int64 = 250
        /// Leases begun, and results reported, that are remembered: many more than can be granted while a message is on
        /// its way.
        public var begunLeasesMax = 128

        /// The defaults.
        public init() {}
    }

    /// Who the worker is, and what it can do.
    public let identity: Hello
    /// The highest epoch heard of; 0 before the first welcome.
    public private(set) var epoch: Epoch = 0
    /// Where it stands with the coordinator.
    public private(set) var standing = Standing.introducing
    /// What it is doing.
    public private(set) var work = Work.idle
    /// Whether it has been asked to stop.
    public private(set) var isLeaving = false
    /// The latest progress of the work.
    public private(set) var progress: Progress
    private var limits: Limits
    var saidAt: Instant?
    var beatAt: Instant?
    /// The latest leases that were begun: a grant of one of them is an echo.
    private var begunLeases: [Lease] = []
    /// The latest results and failures that were reported, oldest first.
    private var reported: [WorkerMessage] = []

    /// How far the work in hand is.
    public struct Progress: Hashable, Sendable {
        /// The last primary key scanned.
        public var position: Key?
        /// Records scanned.
        public var records: UInt64 = 0
        /// Entries produced, loaded or drained.
        public var entries: UInt64 = 0
        /// Transient errors met and retried.
        public var retries: UInt64 = 0

        /// Nothing done yet.
        public init() {}
    }

    /// A worker that is about to introduce itself.
    public init(identity: Hello, limits: Limits = Limits()) {
        self.identity = identity
        self.limits = limits
        self.progress = Progress()
    }

    /// Something that happened to the worker.
    public enum Event: Hashable, Sendable {
        /// The connection to a coordinator stands (again).
        case connected
        /// The coordinator's message arrived.
        case received(CoordinatorEnvelope)
        /// The work is so far.
        case progressed(Progress)
        /// The work on the lease in hand ended with this result or failure.
        case finished(WorkerMessage)
        /// The worker should stop: finish what is durable, give the rest back.
        case stop
        /// Time has passed.
        case tick
    }

    /// What must be done, in this order.
    public enum Effect: Hashable, Sendable {
        /// Send this to the coordinator.
        case send(WorkerEnvelope)
        /// Begin this work.
        case start(Grant)
        /// Make durable what is done of this work, give back the rest, and report as usual.
        case cut(Lease)
        /// Stop this work at once; nothing of it counts.
        case abandon(Lease)
        /// The files of this lease count for nothing and may go.
        case discard(Lease)
        /// The worker is done here.
        case exit
        /// No work is to be had here.
        case refused(Refusal)
    }

    /// Applies one event at `now`, appends what must be done, and returns when to call again at the latest.
    public mutating func apply(_ event: Event, at now: Instant, into effects: inout [Effect]) -> Instant {
        switch event {
        case .connected: introduce(at: now, into: &effects)
        case .received(let envelope): receive(envelope, at: now, into: &effects)
        case .progressed(let progress): self.progress = progress
        case .finished(let message): finished(message, at: now, into: &effects)
        case .stop: leave(at: now, into: &effects)
        case .tick: break
        }
        keepAlive(at: now, into: &effects)
        return now.advanced(byMilliseconds: limits.heartbeatMillis)
    }

    /// The lease that the worker answers for.
    public var holding: Lease? {
        switch work {
        case .idle: nil
        case .working(let grant): grant.lease
        case .reporting(let lease, _): lease
        }
    }
}

extension WorkerSession {
    private mutating func receive(_ envelope: CoordinatorEnvelope, at now: Instant, into effects: inout [Effect]) {
        guard envelope.epoch >= epoch, standing != .gone else { return }
        let isSuccessor = envelope.epoch > epoch && epoch != 0
        epoch = envelope.epoch
        switch envelope.message {
        case .welcome(let welcome): welcomed(welcome, at: now, into: &effects)
        case .introduce: introduce(at: now, into: &effects)
        case .refused(let refusal):
            drop(into: &effects)
            standing = .refused(refusal)
            effects.append(.refused(refusal))
        case .grant(let grant): granted(grant, at: now, into: &effects)
        case .settled(let lease, let settlement): settled(lease, settlement, at: now, into: &effects)
        case .revoke(let lease, _): if case .working(let grant) = work, grant.lease == lease { drop(into: &effects) }
        }
        if isSuccessor, standing == .serving, !envelope.message.isWelcome { introduce(at: now, into: &effects) }
    }

    private mutating func welcomed(_ welcome: Welcome, at now: Instant, into effects: inout [Effect]) {
        standing = .serving
        limits.heartbeatMillis = max(welcome.heartbeatMillis, 1)
        if case .reporting(_, let message) = work { send(message, at: now, into: &effects) }
    }

    private mutating func granted(_ grant: Grant, at now: Instant, into effects: inout [Effect]) {
        guard holding != grant.lease else { return }
        // A doubled grant may come late. One lease is done once, or its files would be written over while an earlier
        // report of them is on its way; and what is in hand is not let go of for it.
        guard !begunLeases.contains(grant.lease) else { return answer(echo: grant.lease, into: &effects) }
        drop(into: &effects)
        progress = Progress()
        if isLeaving {
            report(
                .failed(WorkFailure(lease: grant.lease, kind: .released, message: "the worker is leaving")),
                of: grant.lease, at: now, into: &effects)
            return
        }
        begunLeases.append(grant.lease)
        if begunLeases.count > limits.begunLeasesMax { begunLeases.removeFirst() }
        work = .working(grant)
        effects.append(.start(grant))
    }

    /// Says again what came of a lease, or that nothing more will; the coordinator knows best what counts.
    private func answer(echo lease: Lease, into effects: inout [Effect]) {
        let released = WorkFailure(lease: lease, kind: .released, message: "the worker has begun it before")
        let message = reported.first { $0.lease == lease } ?? .failed(released)
        effects.append(.send(envelope(message)))
    }

    private mutating func settled(
        _ lease: Lease, _ settlement: Settlement, at now: Instant, into effects: inout [Effect]
    ) {
        guard case .reporting(lease, _) = work else { return }
        work = .idle
        if settlement == .stale { effects.append(.discard(lease)) }
        if isLeaving { bow(at: now, into: &effects) } else { beat(at: now, into: &effects) }
    }

    private mutating func finished(_ message: WorkerMessage, at now: Instant, into effects: inout [Effect]) {
        guard case .working(let grant) = work, message.lease == grant.lease else { return }
        report(message, of: grant.lease, at: now, into: &effects)
    }

    private mutating func report(
        _ message: WorkerMessage, of lease: Lease, at now: Instant, into effects: inout [Effect]
    ) {
        work = .reporting(lease, message)
        reported.append(message)
        if reported.count > limits.begunLeasesMax { reported.removeFirst() }
        send(message, at: now, into: &effects)
    }

    private mutating func leave(at now: Instant, into effects: inout [Effect]) {
        guard !isLeaving else { return }
        isLeaving = true
        switch work {
        case .idle: bow(at: now, into: &effects)
        case .working(let grant):
            effects.append(.cut(grant.lease))
            beat(at: now, into: &effects)
        case .reporting: break
        }
    }

    private mutating func bow(at now: Instant, into effects: inout [Effect]) {
        // Whoever has said hello may have been given work since, and says that it will not do it.
        if saidAt != nil { effects.append(.send(envelope(.goodbye))) }
        standing = .gone
        effects.append(.exit)
    }

    /// Lets go of whatever is in hand.
    ///
    /// The files of a result that waits to be settled stay: it may have been counted by a coordinator that died before
    /// it could say so. Only a settlement that calls it stale lets them go.
    private mutating func drop(into effects: inout [Effect]) {
        if case .working(let grant) = work { effects.append(.abandon(grant.lease)) }
        work = .idle
    }

    private mutating func introduce(at now: Instant, into effects: inout [Effect]) {
        guard standing != .gone else { return }
        standing = .introducing
        var hello = identity
        hello.holding = holding
        send(.hello(hello), at: now, into: &effects)
    }

    /// Repeats what is unanswered, and beats.
    private mutating func keepAlive(at now: Instant, into effects: inout [Effect]) {
        let isDue = saidAt.map { now.millisecondsSince($0) >= limits.repeatMillis } ?? true
        switch standing {
        case .introducing:
            if isDue { introduce(at: now, into: &effects) }
        case .serving:
            if case .reporting(_, let message) = work, isDue { send(message, at: now, into: &effects) }
            let isBeatDue = beatAt.map { now.millisecondsSince($0) >= limits.heartbeatMillis } ?? true
            if isBeatDue { beat(at: now, into: &effects) }
        case .refused:
            // The coordinator may be upgraded meanwhile; ask again now and then.
            let isStale = saidAt.map { now.millisecondsSince($0) >= limits.refusedMillis } ?? true
            if isStale { send(.hello(identity), at: now, into: &effects) }
            let isBeatDue = beatAt.map { now.millisecondsSince($0) >= limits.heartbeatMillis } ?? true
            if isBeatDue { beat(at: now, into: &effects) }
        case .gone: break
        }
    }

    private mutating func beat(at now: Instant, into effects: inout [Effect]) {
        beatAt = now
        let heartbeat = Heartbeat(
            lease: holding, isLeaving: isLeaving, position: progress.position, records: progress.records,
            entries: progress.entries, retries: progress.retries)
        effects.append(.send(envelope(.heartbeat(heartbeat))))
    }

    private mutating func send(_ message: WorkerMessage, at now: Instant, into effects: inout [Effect]) {
        saidAt = now
        effects.append(.send(envelope(message)))
    }

    private func envelope(_ message: WorkerMessage) -> WorkerEnvelope {
        WorkerEnvelope(sender: identity.incarnation.nonce, epoch: epoch, message: message)
    }
}

extension WorkerMessage {
    /// The lease that a result or a failure is about.
    public var lease: Lease? {
        switch self {
        case .scanned(let result): result.lease
        case .loaded(let result): result.lease
        case .drained(let result): result.lease
        case .failed(let failure): failure.lease
        case .hello, .heartbeat, .goodbye: nil
        }
    }
}

extension CoordinatorMessage {
    var isWelcome: Bool {
        if case .welcome = self { return true }
        return false
    }
}
