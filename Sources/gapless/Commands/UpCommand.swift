import ArgumentParser
import Coordinator
import Glibc
import Logging
import Supervision
import Synchronization
import Tables

/// `gapless up`.
struct UpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Run a coordinator and workers under a small supervisor.",
        discussion: """
            Children that end are started again, with growing waits if they end quickly. SIGTERM or ctrl-c stops all of
            them gracefully, within --grace; a second signal kills them. SIGHUP reopens the log and reads --config
            again, here and in all children. Under a service manager it says READY once a coordinator is in office. To
            restart workers one by one, send each of them SIGTERM: gapless status shows their pids.

            Example:
              gapless up --db /srv/people --workers 4
            """)

    @Option(help: ArgumentHelp("How many workers (GAPLESS_WORKERS; default: the cores).", valueName: "n"))
    var workers: Int?
    @Option(
        help: ArgumentHelp(
            "How long a graceful stop may take, as in 10s or 500ms.", discussion: "GAPLESS_GRACE; default 10s",
            valueName: "time"))
    var grace: TimeSpan?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try WorkerCount.check(workers)
    }

    func run() throws {
        let log = try global.logger("up")
        // A database that cannot be opened is told at once, not by children that fail again and again.
        try withExtendedLifetime(global.openStore()) {}
        let endpoint = try Endpoint.resolve(flag: nil, variable: "GAPLESS_LISTEN", directory: global.directory)
        let children = Children(
            directory: global.directory, endpoint: endpoint, flags: global.flagsForChildren(level: global.logLevel),
            grace: grace)
        _ = try TimeSpan.grace(grace)
        let count = try WorkerCount.resolve(workers)
        let failures = FinalFailures()
        let service = Service(log: log, options: global)
        let readiness = Readiness(service: service, directory: global.directory, workers: count)
        let supervisor = try Supervisor(
            log: log, onNotice: failures.note,
            turnMax: min(service.turnMax ?? Readiness.lookEvery, Readiness.lookEvery), onTurn: readiness.look)
        let flag = grace
        let stop: @Sendable () -> Void = {
            service.leave(within: TimeSpan.checkedGrace(flag), orElse: supervisor.killAll)
            supervisor.stopAll()
        }
        failures.onFinal = stop
        try service.watchSignals(
            stop: stop, stopNow: supervisor.killAll,
            reload: {
                _ = try TimeSpan.grace(flag)
                supervisor.reloadAll()
            })
        supervisor.add(try children.coordinator())
        for number in 1...count { supervisor.add(try children.worker(number)) }
        try supervisor.run()
        if let code = failures.exitCode { throw ExitCode(code) }
    }
}

/// Tells the service manager that `gapless up` is ready once a coordinator is in office, and each turn that it lives.
private final class Readiness: Sendable {
    static let lookEvery = Duration.milliseconds(250)

    private let service: Service
    private let directory: String
    private let workers: Int
    private let isTold = Atomic<Bool>(false)

    init(service: Service, directory: String, workers: Int) {
        self.service = service
        self.directory = directory
        self.workers = workers
    }

    var look: @Sendable () -> Void {
        { [self] in
            service.loopTurned()
            guard !isTold.load(ordering: .relaxed) else { return }
            do {
                guard try LiveStatus.isCoordinatorRunning(in: directory) else { return }
                isTold.store(true, ordering: .relaxed)
                service.ready(status: "a coordinator and \(workers) workers under supervision")
            } catch {
                service.log.warning("whether a coordinator is in office cannot be seen: \(error)")
            }
        }
    }
}

/// How many workers to start.
enum WorkerCount {
    /// More than this on one machine is a mistake: each of them has a thread for every piece of work.
    static let allowed = 1...1_024

    static func check(_ count: Int?) throws {
        guard let count, !allowed.contains(count) else { return }
        throw ValidationError("--workers takes a number from 1 to \(allowed.upperBound), not \(count).")
    }

    /// The flag, else the setting, else the cores.
    static func resolve(_ flag: Int?) throws -> Int {
        let count = try Setting.value(flag: flag, variable: "GAPLESS_WORKERS")
        try check(count)
        return count ?? max(1, min(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), allowed.upperBound))
    }
}
