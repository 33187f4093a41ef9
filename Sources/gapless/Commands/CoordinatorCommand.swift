import ArgumentParser
import Coordinator
import Glibc
import Supervision
import Tables
import ZeroMQ

/// `gapless coordinator`.
struct CoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Run the coordinator, for a supervisor to keep alive.",
        discussion: """
            It hands ranges to workers, counts what they report, and publishes an index when the stored facts prove it
            complete. One coordinator holds a database at a time. SIGTERM stops it; workers keep what they hold and report
            to the next one.

            Example:
              gapless coordinator --db /srv/people
              gapless coordinator --db /srv/people --standby
            """)

    @Option(
        help: ArgumentHelp(
            "Where workers connect: ipc://PATH or tcp://127.0.0.1:PORT.",
            discussion: "GAPLESS_LISTEN; default ipc://DIR/coordinator.sock", valueName: "endpoint"))
    var listen: String?
    @Flag(help: "Wait until the coordinator that is running ends, then take over.") var standby = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let endpoint = try Endpoint.resolve(flag: listen, variable: "GAPLESS_LISTEN", directory: global.directory)
        let log = try global.logger("coordinator")
        let service = Service(log: log)
        var settings = CoordinatorProcess.Settings(endpoint: endpoint)
        settings.isStandby = standby
        settings.onReady = { service.tell { try $0.ready(status: "in office") } }
        let process = try CoordinatorProcess(store: global.openStore(), settings: settings, log: log)
        try service.watchSignals(stop: process.stop, stopNow: { _exit(0) })
        do {
            try process.run()
        } catch let error as ZeroMQError {
            throw CommandFailure.endpoint(error)
        }
    }
}

extension CommandFailure {
    /// An endpoint that cannot be used: the configuration is wrong, or another program is there.
    static func endpoint(_ error: ZeroMQError) -> CommandFailure {
        .configuration("\(error): choose another endpoint with --listen (and --coordinator for workers)")
    }
}
