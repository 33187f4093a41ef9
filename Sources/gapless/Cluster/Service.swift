import Glibc
import Logging
import Supervision
import Synchronization

/// What every long-running command does: stop on signals and with its supervisor, read its settings again, and tell the
/// service manager how it is (sd_notify(3)).
final class Service: Sendable {
    private struct Told {
        var isReady = false
        var isStopping = false
        var status = ""
    }

    let log: Logger
    private let options: GlobalOptions?
    private let notifier: ServiceNotifier
    private let watchdog: Watchdog?
    private let told = Mutex(Told())

    /// `options` say where the log goes when SIGHUP comes; without them the log stays.
    init(log: Logger, options: GlobalOptions? = nil) {
        self.log = log
        self.options = options
        let notifier = ServiceNotifier(socketPath: Setting.environment("NOTIFY_SOCKET"))
        self.notifier = notifier
        watchdog = ServiceNotifier.watchdogInterval(
            microseconds: Setting.environment("WATCHDOG_USEC"), pid: Setting.environment("WATCHDOG_PID")
        ).map { Watchdog(notifier: notifier, interval: $0) }
    }

    /// How long the loop of the process may wait in one turn; nil: as long as it likes.
    var turnMax: Duration? { watchdog?.turnMax }

    /// Must be called first thing, before other threads exist.
    ///
    /// - Parameters:
    ///   - stop: the first SIGTERM or SIGINT, or the end of the supervisor that started this process.
    ///   - stopNow: a second signal.
    ///   - reload: SIGHUP, after the settings were read again; what it throws keeps the old ones.
    func watchSignals(
        stop: @escaping @Sendable () -> Void, stopNow: @escaping @Sendable () -> Void,
        reload: @escaping @Sendable () throws -> Void = {}
    ) throws {
        let service = self
        try ShutdownSignals.install { request in
            switch request {
            case .stop: service.stopping(stop)
            case .stopNow:
                service.log.warning("a second signal: leaving at once")
                stopNow()
            case .reload: service.reload(reload)
            }
        }
        guard let supervisor = Setting.environment(ParentWatch.variable) else { return }
        try ParentWatch.start(supervisor: supervisor) { failure in
            if let failure { service.log.error("the supervisor cannot be watched: \(failure)") }
            service.stopping(stop)
        }
    }

    /// The process does its work now.
    func ready(status: String) {
        told.withLock { told in
            told.isReady = true
            told.status = status
        }
        tell { try $0.ready(status: status) }
    }

    /// One line for people, told when it differs from the last one.
    func status(_ text: String) {
        let isNews = told.withLock { told in
            guard !told.isStopping, told.status != text else { return false }
            told.status = text
            return true
        }
        if isNews { tell { try $0.status(text) } }
    }

    /// The loop of the process has gone round.
    func loopTurned() {
        guard let watchdog else { return }
        tell { _ in try watchdog.loopTurned() }
    }

    /// Does `last` (which ends the process with exit code 0, unless said otherwise) when the time is over and the
    /// process has not ended by itself.
    ///
    /// Whatever holds it up, nothing durable is lost, and a supervisor need not kill it.
    func leave(within grace: TimeSpan, orElse last: @escaping @Sendable () -> Void = { _exit(0) }) {
        let log = log
        do {
            try BlockingThread(name: "grace") {
                usleep(useconds_t(clamping: grace.milliseconds * 1_000))
                log.warning("the grace period of \(grace.milliseconds) ms is over; leaving with work undone")
                last()
            }.detach()
        } catch {
            log.error("the grace period cannot be watched: \(error)")
        }
    }

    private func stopping(_ stop: () -> Void) {
        told.withLock { $0.isStopping = true }
        tell { try $0.stopping(status: "stopping") }
        stop()
    }

    private func reload(_ apply: () throws -> Void) {
        let told = told.withLock { $0 }
        // A manager that waits for READY must not get it from here.
        let isTold = told.isReady && !told.isStopping
        if isTold { tell { try $0.reloading(status: "reading the settings again") } }
        var status = told.status
        do {
            let changed = try Configuration.reload { try useLogSettings(then: apply) }
            log.info("settings read again; changed: \(Service.list(changed)); the log is open anew")
            let late = changed.filter { !$0.isLive }
            if !late.isEmpty { log.warning("settings that need a restart: \(Service.list(late))") }
        } catch {
            let failure = ErrorReport.message(of: error)
            log.error("the settings stay as they were: \(failure)")
            status = "the settings stay as they were: \(failure)"
        }
        if isTold { tell { try $0.ready(status: status) } }
    }

    private func useLogSettings(then apply: () throws -> Void) throws {
        let old = LogSink.shared.settings
        if let options { try LogSink.shared.use(options.logSettings()) }
        do {
            try apply()
        } catch {
            try LogSink.shared.use(old)
            throw error
        }
    }

    private static func list(_ settings: [Setting]) -> String {
        settings.isEmpty ? "none" : settings.map(\.rawValue).joined(separator: ", ")
    }

    /// Tells the service manager something; one that cannot be told is no reason to stop.
    private func tell(_ body: (ServiceNotifier) throws -> Void) {
        do { try body(notifier) } catch { log.warning("the service manager cannot be told: \(error)") }
    }
}
