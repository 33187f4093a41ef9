internal import Backfill
internal import Ledger
public import Logging
internal import Runtime
internal import Synchronization
public import Tables
internal import Values
internal import ZeroMQ

/// Coordinator runs the builds of one environment: it hands out work, counts results, and publishes what is proved.
///
/// A process runs one; the environment's coordinator lock admits one at a time, and the epoch fences whoever lost the
/// lock without knowing. All decisions are the core's (`Backfill.Coordinator`); here are its sockets, clock and store.
public final class CoordinatorProcess: Sendable {
    /// How a coordinator is set up.
    public struct Settings: Sendable {
        /// Where workers find it.
        public var endpoint: String
        /// Whether to wait for the lock instead of giving up when another coordinator holds it.
        public var isStandby = false
        /// Records in a range; nil: the core's choice.
        public var recordsPerRange: Int?
        /// Called once workers can connect.
        public var onReady: @Sendable () -> Void = {}
        /// Called once it waits for another coordinator to end.
        public var onStandby: @Sendable () -> Void = {}
        /// Called each time that its loop has gone round, be it in office or standing by.
        public var onTurn: @Sendable () -> Void = {}
        /// Called now and then with one line on how it is.
        public var onStatus: @Sendable (String) -> Void = { _ in }

        /// The defaults, listening at `endpoint`.
        public init(endpoint: String) {
            self.endpoint = endpoint
        }
    }

    /// The endpoint of a database where none is given: a socket in its folder, for its owner only.
    public static func defaultEndpoint(directory: String) -> String {
        "ipc://\(directory)/coordinator.sock"
    }

    enum Mail: Sendable {
        case stop
        /// Settings have changed: look at them.
        case settings
        case event(Event)
        /// Something goes wrong and is tried again.
        case problem(String)
        case failed(String)
    }

    let store: Store
    let settings: Settings
    let log: Logger
    let mailbox: Mailbox<Mail>
    private let recordsPerRange: Mutex<Int?>

    /// A coordinator of this store. Throws when the process has no descriptors left.
    public init(store: Store, settings: Settings, log: Logger) throws {
        self.store = store
        self.settings = settings
        self.log = log
        mailbox = try Mailbox()
        recordsPerRange = Mutex(settings.recordsPerRange)
    }

    /// Changes how many records the ranges have that are cut from now on; nil: the core's choice. Any thread.
    public func setRecordsPerRange(_ records: Int?) {
        recordsPerRange.withLock { $0 = records }
        mailbox.post(.settings)
    }

    /// The core's numbers, with those that are set here.
    var limits: Limits {
        var limits = Limits()
        if let records = recordsPerRange.withLock({ $0 }) {
            (limits.recordsPerRange, limits.recordsPerRangeMax) = (records, records)
        }
        return limits
    }

    /// Asks it to stop. Workers keep what they hold and report to the next one. Any thread.
    public func stop() { mailbox.post(.stop) }

    /// Coordinates until it is asked to stop.
    ///
    /// Throws `COORDINATOR_RUNNING` when another holds the lock, `Fenced` when another took over, `ZeroMQError` for an
    /// endpoint that cannot be used, and what the store throws for good.
    @available(*, noasync)
    public func run() throws {
        guard let lock = try takeLock() else { return }
        try withExtendedLifetime(lock) {
            let clock = ShellClock()
            let ledger = Ledger(store)
            let incarnation = try Incarnation.ofThisProcess(at: clock.now())
            let links = try WorkerLinks(Context(), endpoint: settings.endpoint, mailbox: mailbox.bell)
            let office = try ledger.takeOffice(incarnation, program: store.programVersion)
            log.info(
                "coordinator \(incarnation.pid) took office: epoch \(office.epoch), listening at \(links.endpoint)")
            var generator = SystemRandomNumberGenerator()
            let core = Coordinator(
                epoch: office.epoch, environment: try ledger.environment(), program: store.programVersion,
                extractorVersion: EntryExtractor.version, jobs: try ledger.images(), nextJob: office.nextJob,
                limits: limits, seed: generator.next(), now: clock.now())
            let loop = try CoordinatorLoop(self, core: core, ledger: ledger, links: links, clock: clock, office: office)
            settings.onReady()
            try loop.run()
            log.info("coordinator \(incarnation.pid) left office")
        }
    }

    /// The lock; nil if a standby was asked to stop while waiting for it.
    private func takeLock() throws -> FileLock? {
        let path = "\(store.directory)/coordinator.lock"
        var isAnnounced = false
        while true {
            if let lock = try FileLock.take(path) { return lock }
            guard settings.isStandby else { throw running() }
            if !isAnnounced {
                log.info("another coordinator is in office; standing by")
                settings.onStandby()
            }
            isAnnounced = true
            settings.onTurn()
            // The lock dies with its holder; a fifth of a second is soon enough to notice.
            if mailbox.bell.wait(milliseconds: 200), mailbox.takeAll().contains(where: { $0.isStop }) { return nil }
        }
    }

    private func running() -> GaplessError {
        // The ledger is asked only for the message; it may not be readable, and the refusal stands without it.
        let holder = try? Ledger(store).office()
        let pid = holder.map { " (pid \($0.incarnation.pid), epoch \($0.epoch))" } ?? ""
        return GaplessError(
            .coordinatorRunning,
            "a coordinator is running in \(store.directory)\(pid): stop it first, or start this one with --standby")
    }
}

extension CoordinatorProcess.Mail {
    var isStop: Bool {
        if case .stop = self { return true }
        return false
    }
}
