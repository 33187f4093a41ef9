import ArgumentParser
import Glibc
import Logging
import Supervision
import Tables

/// `gapless up`.
struct UpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Run a coordinator and workers under a small supervisor.",
        discussion: """
            Children that end are started again, with growing waits if they end quickly. SIGTERM or ctrl-c stops all of
            them gracefully. To restart workers one by one, send each of them SIGTERM: gapless status shows their pids.

            Example:
              gapless up --db /srv/people --workers 4
            """)

    @Option(help: ArgumentHelp("How many workers; default: the cores.", valueName: "n")) var workers: Int?
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
            directory: global.directory, endpoint: endpoint, logLevel: try global.level().rawValue,
            logFormat: try global.format().rawValue, graceSeconds: try TimeSpan.grace(grace).seconds)
        let failures = FinalFailures()
        let supervisor = try Supervisor(log: log, onNotice: failures.note)
        failures.onFinal = { supervisor.stopAll() }
        let service = Service(log: log)
        try service.watchSignals(stop: supervisor.stopAll, stopNow: supervisor.killAll)
        supervisor.add(try children.coordinator())
        for number in 1...WorkerCount.resolve(workers) { supervisor.add(try children.worker(number)) }
        service.tell { try $0.ready(status: "supervising") }
        try supervisor.run()
        if let code = failures.exitCode { throw ExitCode(code) }
    }
}

/// How many workers to start.
enum WorkerCount {
    /// More than this on one machine is a mistake: each of them has a thread for every piece of work.
    private static let most = 1_024

    static func check(_ count: Int?) throws {
        guard let count, !(1...most).contains(count) else { return }
        throw ValidationError("--workers takes a number from 1 to \(most), not \(count).")
    }

    static func resolve(_ count: Int?) -> Int {
        count ?? max(1, min(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), most))
    }
}
