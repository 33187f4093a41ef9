internal import Backfill

/// The whole of a small cluster at one moment.
public struct ClusterState: Hashable, Sendable {
    /// What is durable: records, index, ledger, run files.
    var store: TinyStore
    /// The coordinator in office; nil between a death and the next one.
    var coordinator: TinyCoordinator?
    /// A coordinator that was stopped and may wake after another took office.
    var former: TinyCoordinator?
    var workers: [TinyWorker]
    var post: Post
    /// What may still go wrong.
    var budget: Budget
    /// What the application has still to write.
    var script: [Scope.Write]
    /// A promise that a step broke, and that no state shows.
    var wrong: String?

    /// The one moment at which everything happens. See ``Backfill`` on abstraction.
    static let now = Instant(milliseconds: 1_000_000)
    static let environment = Nonce(high: 7, low: 7)
    static let index = JobIndex(index: 1, generation: 1, fingerprint: "f")
}

/// How often each thing may still go wrong.
struct Budget: Hashable, Sendable {
    var losses: Int
    var duplicates: Int
    var lateMessages: Int
    var restarts: Int
    var secondCoordinators: Int
    var suspicions: Int
    var kills: Int
    var departures: Int
    /// How many mishaps there may be in all.
    var total: Int

    init(_ scope: Scope) {
        total = scope.mishapsMax
        losses = scope.losses
        duplicates = scope.duplicates
        lateMessages = scope.lateMessages
        restarts = scope.restarts
        secondCoordinators = scope.secondCoordinators
        suspicions = scope.suspicions
        kills = scope.kills
        departures = scope.departures
    }

    /// Counts one mishap. When there may be no more, all that is left goes, so that the states that follow are equal.
    mutating func spend(_ mishap: WritableKeyPath<Budget, Int>) {
        self[keyPath: mishap] -= 1
        total -= 1
        if total == 0 { self = Budget(Scope("")) }
    }
}

/// A coordinator: the core and what its shell has in hand.
struct TinyCoordinator: Hashable, Sendable {
    var core: Coordinator
    /// What it saw in the catalog last.
    var seen: [Demand]?
    /// Errands that wait, in order.
    var errands: [Request] = []
    /// What came of publishing, on its way to the core.
    var mail: [Event] = []
    /// What it had stored and not yet sent when it was stopped.
    var unsent: [Send] = []
}

/// A worker: the session and the work that goes on beside it.
struct TinyWorker: Hashable, Sendable {
    var session: WorkerSession
    var work: TinyWork?
    /// Whether it has said hello to whoever is in office.
    var isConnected = false
    var isAlive = true
    /// How many there have been in this place.
    var generation: UInt64 = 0

    init(place: Int, generation: UInt64) {
        self.generation = generation
        // Every process is PID 1, as in containers.
        let incarnation = Incarnation(
            host: "h", bootID: "b", pid: 1, startTicks: 1, startedAt: ClusterState.now,
            nonce: Nonce(high: generation, low: UInt64(place + 1)))
        session = WorkerSession(
            identity: Hello(
                protocolVersion: BuildProtocol.version, program: "p", extractorVersion: 1, incarnation: incarnation,
                environment: ClusterState.environment, holding: nil)
        ).abstracted(at: ClusterState.now)
    }

    var nonce: Nonce { session.identity.incarnation.nonce }
}

/// Work in hand.
enum TinyWork: Hashable, Sendable {
    case scan(Grant, isCut: Bool)
    case load(Grant, LoadStage)
    case drain(Grant)

    enum LoadStage: Hashable, Sendable {
        /// Empty the index if the grant says so; else read the runs.
        case begin
        /// Read the runs, and the last entry that stands in the index.
        case merge
        case append([TinyEntry])
        case readBack
    }
}

/// Messages under way: in order in each direction, but for those that went astray.
struct Post: Hashable, Sendable {
    var toCoordinator: [[WorkerEnvelope]]
    var toWorkers: [[CoordinatorEnvelope]]
    /// Doubles and late ones: each may be delivered at any moment.
    var astray: [Astray] = []

    enum Astray: Hashable, Sendable {
        case toCoordinator(WorkerEnvelope)
        case toWorker(place: Int, Nonce, CoordinatorEnvelope)
    }
}
