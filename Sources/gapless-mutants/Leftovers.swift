import FoundationEssentials
import Glibc
import Supervision
import Synchronization

/// Processes that a command started and that outlived it, as when a test crashed before it could stop them.
///
/// They are not all in the command's process group: a service under test has one of its own, and some are started with
/// variables of their own too. So they are known by any of three things: the group, a variable that they inherit, and
/// the folder of the program that they run.
enum Leftovers {
    /// Marks every process of this run: a variable that they inherit, with a value that nobody else has.
    static let variable = "GAPLESS_MUTANTS_RUN"
    static let mark = UUID().uuidString

    private struct State {
        var isStopping = false
        /// With symbolic links resolved, as the system names programs that run.
        var folders: [String] = []
    }
    private static let state = Mutex(State())

    /// On SIGTERM, SIGHUP and ctrl-c ends what runs; whoever waits for it then throws, and nothing more is started.
    static func endOnSignals() throws {
        try ShutdownSignals.install { _ in
            do { try stop() } catch { fatalError("cannot end what was started: \(error)") }
        }
    }

    private static func stop() throws {
        state.withLock { $0.isStopping = true }
        try kill()
    }

    /// From now on every process that runs a program in this folder, which must exist, is one of ours.
    static func claim(_ folder: String) throws {
        guard let path = realpath(folder, nil) else { throw MutantsFailure("cannot find \(folder)") }
        defer { free(path) }
        let whole = String(cString: path) + "/"
        state.withLock { if !$0.folders.contains(whole) { $0.folders.append(whole) } }
    }

    /// Starts a process unless a signal came: after it none is there that ``kill()`` would not see.
    static func start(_ spec: ChildSpec) throws -> ChildProcess {
        try state.withLock { state in
            guard !state.isStopping else { throw stopped }
            return try ChildProcess(spec)
        }
    }

    /// Throws after a signal: what a command did that was ended in the middle means nothing.
    static func requireGoingOn() throws {
        if state.withLock(\.isStopping) { throw stopped }
    }

    private static var stopped: MutantsFailure { MutantsFailure("stopped by a signal") }

    /// Ends every process of ours but this one, and those that they start meanwhile.
    static func kill() throws {
        let folders = state.withLock(\.folders)
        while true {
            let pids = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
                .filter { $0 != getpid() && isOurs($0, folders) }
            if pids.isEmpty { return }
            for pid in pids { _ = Glibc.kill(pid, SIGKILL) }
            usleep(1_000)
        }
    }

    /// Whether a process runs and is one of ours; one that has ended has neither variables nor a program.
    private static func isOurs(_ pid: Int32, _ folders: [String]) -> Bool {
        if let program = program(of: pid), folders.contains(where: program.hasPrefix) { return true }
        let wanted = Array("\(variable)=\(mark)".utf8)
        do {
            let variables = try Data(contentsOf: URL(filePath: "/proc/\(pid)/environ")).split(separator: 0)
            return variables.contains { $0.elementsEqual(wanted) }
        } catch {
            // It ended meanwhile, or is another user's: not one of ours either way.
            return false
        }
    }

    private static func program(of pid: Int32) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(pid)/exe", &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
