import Foundation
import Glibc
import Supervision

/// Debian's supervisord with the configuration of `deploy/supervisord`, and the processes that it keeps alive.
///
/// The configuration starts a symbolic link; an upgrade points it at the other executable.
final class SupervisordCluster: Cluster {
    /// Where Debian's package puts them.
    private static let supervisord = "/usr/bin/supervisord"
    private static let supervisorctl = "/usr/bin/supervisorctl"
    /// Of util-linux; ends supervisord when the rehearsal ends in whatever way.
    private static let setpriv = "/usr/bin/setpriv"

    private let settings: Settings
    private let config: String
    private let folder: WorkFolder
    private let processes: Processes
    private let environment: [String: String]
    private var daemon: ChildProcess?
    private var log = SupervisordLog()
    private var link: String { folder.path + "/gapless" }

    init(_ settings: Settings, _ program: Program, _ folder: WorkFolder, _ processes: Processes) throws {
        guard let config = settings.supervisordConfig else {
            throw RehearsalFailure("no configuration for supervisord")
        }
        for tool in [Self.supervisord, Self.supervisorctl, Self.setpriv] where access(tool, X_OK) != 0 {
            throw RehearsalFailure("\(tool) is missing: install Debian's supervisor and util-linux")
        }
        self.settings = settings
        self.config = config
        self.folder = folder
        self.processes = processes
        environment = program.environment.merging([
            "GAPLESS_PROGRAM": folder.path + "/gapless", "GAPLESS_DB": folder.database,
            "GAPLESS_RUN": folder.path, "GAPLESS_LOGS": folder.path, "GAPLESS_WORKERS": "\(settings.workers)",
            "GAPLESS_GRACE": "\(settings.graceSeconds)s",
        ]) { $1 }
        try use(program)
    }

    func use(_ program: Program) throws {
        // Renamed over the old one: there is no moment without.
        let new = link + ".new"
        try FileManager.default.createSymbolicLink(atPath: new, withDestinationPath: program.path)
        guard rename(new, link) == 0 else { throw RehearsalFailure("\(link) cannot be replaced") }
    }

    func start() throws {
        daemon = try processes.start(
            ChildSpec(
                name: "supervisord", executable: Self.setpriv,
                arguments: ["--pdeathsig", "TERM", Self.supervisord, "--nodaemon", "--silent", "-c", config],
                environment: environment))
    }

    @available(*, noasync)
    private func control(_ arguments: String...) throws -> String {
        let answer = try processes.capture(
            ChildSpec(
                name: "supervisorctl", executable: Self.supervisorctl, arguments: ["-c", config] + arguments,
                environment: environment))
        let text = String(decoding: answer.output + answer.errors, as: UTF8.self)
        // 3 says that some program is not running, which is no failure of the question.
        guard [.code(0), .code(3)].contains(answer.exit) else {
            throw RehearsalFailure("supervisorctl \(arguments.joined(separator: " ")): \(text)")
        }
        return text
    }

    /// The name under which supervisord knows a process.
    ///
    /// It tells no pid of a process that is younger than `startsecs` of the configuration, at work or not.
    @available(*, noasync)
    private func name(of pid: Int32) throws -> String {
        var name: String?
        try Wait.until(seconds: settings.patienceSeconds, "supervisord knows process \(pid) as one of its own") {
            // "gapless-workers:gapless-worker_00   RUNNING   pid 123, uptime 0:00:04"
            let line = try control("status").split(separator: "\n").first { $0.contains("pid \(pid),") }
            name = line?.split(separator: " ").first.map(String.init)
            return name != nil
        }
        guard let name else { throw RehearsalFailure("process \(pid) is none of supervisord's") }
        return name
    }

    @available(*, noasync)
    func restart(_ pid: Int32, _ role: Role, by signal: Int32) throws -> ChildExit? {
        let name = try name(of: pid)
        if signal == SIGTERM {
            let said = try control("restart", name)
            guard said.contains("started") else { throw RehearsalFailure("supervisorctl restart \(name): \(said)") }
            return try log.read(logPath).compactMap { $0.stopped(name) }.last
        }
        log.expectedKills += 1
        try Stranger.end(pid, by: signal, within: settings.graceSeconds + 10)
        return nil
    }

    private var logPath: String { folder.path + "/supervisord.log" }

    @available(*, noasync)
    func tend() throws -> [String] {
        guard let daemon else { return [] }
        if let exit = try daemon.wait(timeout: .zero) {
            processes.forget(daemon)
            throw RehearsalFailure("supervisord ended with \(exit): \(LogTail.last(of: logPath))")
        }
        _ = try log.read(logPath)
        return log.takeUnexpected()
    }

    @available(*, noasync)
    func stop() throws {
        guard let daemon else { return }
        guard let exit = try processes.stop(daemon, within: settings.graceSeconds + 30), exit == .code(0) else {
            throw RehearsalFailure("supervisord did not stop with exit code 0 after SIGTERM")
        }
        self.daemon = nil
    }
}
