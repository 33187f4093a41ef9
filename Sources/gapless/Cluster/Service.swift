import Glibc
import Logging
import Supervision

/// What every long-running command does: stop on signals and with its supervisor, tell the service manager how it is.
struct Service {
    let log: Logger
    let notifier = ServiceNotifier(socketPath: Setting.text(flag: nil, variable: "NOTIFY_SOCKET"))

    /// Must be called first thing, before other threads exist.
    ///
    /// - Parameters:
    ///   - stop: the first SIGTERM or SIGINT, or the end of the supervisor that started this process.
    ///   - stopNow: a second signal.
    func watchSignals(stop: @escaping @Sendable () -> Void, stopNow: @escaping @Sendable () -> Void) throws {
        let service = self
        try ShutdownSignals.install { request in
            switch request {
            case .stop:
                service.tell { try $0.stopping() }
                stop()
            case .stopNow: stopNow()
            case .reload: service.log.info("settings are read at the start only: restart to change them")
            }
        }
        guard let supervisor = Setting.text(flag: nil, variable: ParentWatch.variable) else { return }
        try ParentWatch.start(supervisor: supervisor) { failure in
            if let failure { service.log.error("the supervisor cannot be watched: \(failure)") }
            stop()
        }
    }

    /// Tells the service manager something; one that cannot be told is no reason to stop.
    func tell(_ body: (ServiceNotifier) throws -> Void) {
        do { try body(notifier) } catch { log.warning("the service manager cannot be told: \(error)") }
    }
}
