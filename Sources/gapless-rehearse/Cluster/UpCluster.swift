import Glibc
import Supervision

/// `gapless up`, and the processes that it keeps alive.
///
/// Its children are of its own executable. An upgrade therefore ends it and starts it anew, as an operator would.
final class UpCluster: Cluster {
    private let settings: Settings
    private var program: Program
    private let folder: WorkFolder
    private let processes: Processes
    private var up: ChildProcess?
    private var isOutdated = false

    init(_ settings: Settings, _ program: Program, _ folder: WorkFolder, _ processes: Processes) {
        self.settings = settings
        self.program = program
        self.folder = folder
        self.processes = processes
    }

    func start() throws {
        let arguments = ["up", "--workers", "\(settings.workers)", "--grace", "\(settings.graceSeconds)s"]
        up = try processes.start(program.service("up", arguments, log: folder.path + "/up.log"))
        isOutdated = false
    }

    func use(_ program: Program) throws {
        self.program = program
        isOutdated = true
    }

    @available(*, noasync)
    func restart(_ pid: Int32, _ role: Role, by signal: Int32) throws -> ChildExit? {
        guard isOutdated, let up else {
            try Stranger.end(pid, by: signal, within: settings.graceSeconds + 10)
            return nil
        }
        let exit = try processes.stop(up, by: signal, within: settings.graceSeconds + 20)
        // Killed, it leaves children behind, which notice its end and stop.
        try Stranger.end(pid, by: 0, within: settings.graceSeconds + 10)
        try start()
        return exit
    }

    @available(*, noasync)
    func tend() throws -> [String] {
        guard let up, let exit = try up.wait(timeout: .zero) else { return [] }
        processes.forget(up)
        let last = LogTail.last(of: folder.path + "/up.log")
        try start()
        return ["gapless up (\(up.pid)) ended with \(exit): \(last)"]
    }

    @available(*, noasync)
    func stop() throws {
        guard let up else { return }
        guard let exit = try processes.stop(up, within: settings.graceSeconds + 20), exit == .code(0) else {
            throw RehearsalFailure("gapless up did not stop gracefully with exit code 0")
        }
        self.up = nil
    }
}
