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
            report to the next one. SIGHUP reopens the log and reads --config again: log-level, log-format, log-file,
            grace and records-per-range change at once. Under a service manager it says READY when it is in office, or
            stands by.

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
    @Option(
        help: ArgumentHelp(
            "How long a graceful stop may take, as in 10s or 500ms.", discussion: "GAPLESS_GRACE; default 10s",
            valueName: "time"))
    var grace: TimeSpan?
    @OptionGroup var global: GlobalOptions

    /// What one worker can hold at a time, and no less than a record.
    static let recordsPerRangeAllowed = 1...100_000_000

    func validate() throws {
        let allowed = CoordinatorCommand.recordsPerRangeAllowed
        guard let recordsPerRange, !allowed.contains(recordsPerRange) else { return }
        throw ValidationError(
            "--records-per-range takes a number from 1 to \(allowed.upperBound), not \(recordsPerRange).")
    }

    func run() throws {
        let endpoint = try Endpoint.resolve(flag: listen, variable: "GAPLESS_LISTEN", directory: global.directory)
        let log = try global.logger("coordinator")
        let service = Service(log: log, options: global)
        var settings = CoordinatorProcess.Settings(endpoint: endpoint)
        settings.isStandby = standby
        settings.recordsPerRange = try resolvedRecordsPerRange()
        settings.onReady = { service.ready(status: "in office") }
        settings.onStandby = { service.ready(status: "standing by until the coordinator in office ends") }
        settings.onTurn = service.loopTurned
        settings.onStatus = service.status
        _ = try TimeSpan.grace(grace)
        let process = try CoordinatorProcess(store: global.openStore(), settings: settings, log: log)
        let command = self
        try service.watchSignals(
            stop: {
                service.leave(within: TimeSpan.checkedGrace(command.grace))
                process.stop()
            }, stopNow: { _exit(0) },
            reload: { process.setRecordsPerRange(try command.resolvedRecordsPerRange()) })
        do {
            try process.run()
        } catch let error as ZeroMQError {
            throw CommandFailure.endpoint(error)
        }
    }

    private func resolvedRecordsPerRange() throws -> Int? {
        try Setting.value(flag: recordsPerRange, variable: "GAPLESS_RECORDS_PER_RANGE")
    }
}

extension CommandFailure {
    /// An endpoint that cannot be used: the configuration is wrong, or another program is there.
    static func endpoint(_ error: ZeroMQError) -> CommandFailure {
        .configuration("\(error): choose another endpoint with --listen (and --coordinator for workers)")
    }
}
