internal import Backfill
internal import LMDB
internal import Ledger
public import Logging
internal import Runs
internal import Runtime
internal import Synchronization
public import Tables
internal import Values
internal import Wire
internal import ZeroMQ

/// Worker does the work of a build: scans ranges, loads indexes, drains deltas, as a coordinator hands it out.
///
/// A process runs one. The thread that calls ``run()`` only talks; each piece of work has a thread of its own, so that
/// a worker is never deaf to orders, whatever it is doing. All decisions are the `WorkerSession`'s.
public final class WorkerProcess: Sendable {
    /// How a worker is set up.
    public struct Settings: Sendable {
        /// Where the coordinator listens.
        public var endpoint: String
        /// How long a stop may take until the process leaves with its work undone, in milliseconds.
        public var graceMillis: Int64 = 10_000
        /// Called once it listens to orders, with a coordinator or without.
        public var onReady: @Sendable () -> Void = {}
        /// Called each time that its loop has gone round.
        public var onTurn: @Sendable () -> Void = {}
        /// Called with one line on what it does, each time that this changes.
        public var onStatus: @Sendable (String) -> Void = { _ in }
        /// Memory for the entries of one range, in bytes; run files and batches come on top with about 80 MiB at most.
        public var memoryBytes = 48 << 20

        /// The defaults, for a coordinator at `endpoint`.
        public init(endpoint: String) {
            self.endpoint = endpoint
        }
    }

    /// How ``run()`` ended, if not by an error.
    public enum Ending: Sendable {
        /// It was asked to stop and gave back or settled all that it held.
        case left
        /// It was asked to stop, and the grace period was over first; what it held will be noticed and redone.
        case graceOver
    }

    enum Mail: Sendable {
        case stop
        case stopNow
        case finished(WorkerMessage)
        /// The work never began.
        case notStarted(WorkerMessage)
        case abandoned(Lease)
        /// LMDB refuses this process everything from now on (a meta page could not be written); it must end.
        case spoilt(LMDBError)
    }

    let store: Store
    let ledger: Ledger
    let settings: Settings
    let log: Logger
    let mailbox: Mailbox<Mail>
    let incarnation: Incarnation
    let environment: Nonce
    /// Memory for entries, from range to range.
    let shelf: ArenaShelf
    private let grace: Atomic<Int64>

    /// A worker on this store. Throws when the process cannot be identified or has no descriptors left.
    public init(store: Store, settings: Settings, log: Logger) throws {
        self.store = store
        self.settings = settings
        self.log = log
        grace = Atomic(settings.graceMillis)
        shelf = ArenaShelf(bytesMax: settings.memoryBytes)
        ledger = Ledger(store)
        environment = try ledger.environment()
        mailbox = try Mailbox()
        incarnation = try Incarnation.ofThisProcess(at: ShellClock().now())
    }

    /// Asks the worker to finish or cut what it is doing, give back the rest and leave. Any thread.
    public func stop() { mailbox.post(.stop) }

    /// How long a stop may take, in milliseconds.
    var graceMillis: Int64 { grace.load(ordering: .relaxed) }

    /// Changes how long a stop may take, also one that is under way. Any thread.
    public func setGrace(milliseconds: Int64) { grace.store(milliseconds, ordering: .relaxed) }

    /// Asks the worker to leave at once; what it holds will be noticed and redone. Any thread.
    public func stopNow() { mailbox.post(.stopNow) }

    /// Talks with the coordinator until it is asked to stop.
    ///
    /// It may start before the coordinator and outlive it. Throws `ZeroMQError` for an endpoint that cannot be used.
    @available(*, noasync)
    public func run() throws -> Ending {
        let context = try Context()
        let link = try CoordinatorLink(
            context, endpoint: settings.endpoint, nonce: incarnation.nonce, mailbox: mailbox.bell)
        let identity = Hello(
            protocolVersion: BuildProtocol.version, program: store.programVersion,
            extractorVersion: EntryExtractor.version, incarnation: incarnation, environment: environment, holding: nil)
        let loop = WorkerLoop(self, link: link, session: WorkerSession(identity: identity))
        log.info("worker \(incarnation.pid) looks for a coordinator at \(settings.endpoint)")
        settings.onReady()
        let ending = try loop.run()
        log.info("worker \(incarnation.pid) \(ending == .left ? "left" : "left with its work undone")")
        return ending
    }
}
