import ArgumentParser
import Glibc
import Supervision
import Tables
import Worker
import ZeroMQ

/// `gapless worker`.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run one worker, for a supervisor to keep alive.",
        discussion: """
            A worker scans ranges and loads indexes as the coordinator hands them out. It may start before the
            coordinator and outlive it. SIGTERM makes it finish or cut its current piece, hand over what is durable,
            give the rest back and leave with exit code 0; SIGKILL loses nothing but the piece in hand, which is done
            again, and so does a second SIGTERM. SIGHUP reopens the log and reads --config again: log-level, log-format,
            log-file and grace change at once. Under a service manager it says READY when it listens to orders, be a
            coordinator there or not.

            Example:
              gapless worker --db /srv/people
            """)

    @Option(
        help: ArgumentHelp(
            "Where the coordinator listens.",
            discussion: "GAPLESS_COORDINATOR; default ipc://DIR/coordinator.sock", valueName: "endpoint"))
    var coordinator: String?
    @Option(
        help: ArgumentHelp(
            "How long a graceful stop may take, as in 10s or 500ms.", discussion: "GAPLESS_GRACE; default 10s",
            valueName: "time"))
    var grace: TimeSpan?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let endpoint = try Endpoint.resolve(
            flag: coordinator, variable: "GAPLESS_COORDINATOR", directory: global.directory)
        let log = try global.logger("worker")
        let service = Service(log: log, options: global)
        var settings = WorkerProcess.Settings(endpoint: endpoint)
        settings.graceMillis = try TimeSpan.grace(grace).milliseconds
        settings.onReady = { service.ready(status: "waiting for a coordinator") }
        settings.onTurn = service.loopTurned
        settings.onStatus = service.status
        let process = try WorkerProcess(store: global.openStore(), settings: settings, log: log)
        let flag = grace
        try service.watchSignals(
            stop: process.stop, stopNow: { _exit(0) },
            reload: { process.setGrace(milliseconds: try TimeSpan.grace(flag).milliseconds) })
        do {
            _ = try process.run()
        } catch let error as ZeroMQError {
            throw CommandFailure.endpoint(error)
        }
    }
}
