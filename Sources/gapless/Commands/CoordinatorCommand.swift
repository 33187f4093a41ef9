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
            complete. One coordinator holds a database at a time. SIGTERM stops it; workers keep what they hold and
            report to the next one.

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
    @Option(
        help: ArgumentHelp(
            "Records in one range: what a worker does at a time, and loses at most when it is killed.",
            discussion: "GAPLESS_RECORDS_PER_RANGE; default 131072", valueName: "n"))
    var recordsPerRange: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard let recordsPerRange, !(1...100_000_000).contains(recordsPerRange) else { return }
        throw ValidationError("--records-per-range takes a number from 1 to 100000000, not \(recordsPerRange).")
    }

    func run() throws {
        let endpoint = try Endpoint.resolve(flag: listen, variable: "GAPLESS_LISTEN", directory: global.directory)
        let log = try global.logger("coordinator")
        let service = Service(log: log)
        var settings = CoordinatorProcess.Settings(endpoint: endpoint)
        settings.isStandby = standby
        settings.recordsPerRange = try Setting.value(flag: recordsPerRange, variable: "GAPLESS_RECORDS_PER_RANGE")
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
