import Glibc
import Supervision
import Synchronization

/// The real program and its processes, as children that end with the bench.
final class Program: Sendable {
    let path: String
    private let directory: String
    private let running = Mutex<[ChildProcess]>([])

    /// The `gapless` beside this very program, working on the database in `directory`.
    init(directory: String) throws {
        self.directory = directory
        path = try Program.folderOfThisProgram() + "/gapless"
        guard access(path, X_OK) == 0 else {
            throw BenchFailure("there is no program \(path): build it too, with 'swift build -c release'")
        }
    }

    /// Runs a command to its end; throws if it fails. Its output goes to where ours goes.
    @available(*, noasync)
    func run(_ arguments: String...) throws {
        let child = try start(arguments)
        guard let exit = try child.wait(), exit == .code(0) else {
            throw BenchFailure("gapless \(arguments.joined(separator: " ")) failed; see above")
        }
        running.withLock { $0.removeAll { $0 === child } }
    }

    /// Starts a process that goes on until ``stopAll()``.
    func start(_ arguments: String...) throws -> ChildProcess { try start(arguments) }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        let child = try ChildProcess(
            ChildSpec(
                name: arguments[0], executable: path,
                arguments: arguments + ["--db", directory, "--log-level", "warning"],
                environment: [ParentWatch.variable: try ProcessIdentity.current().description]))
        running.withLock { $0.append(child) }
        return child
    }

    /// Throws if a process that should go on has ended.
    @available(*, noasync)
    func requireRunning() throws {
        for child in running.withLock({ $0 }) {
            guard let exit = try child.wait(timeout: .zero) else { continue }
            throw BenchFailure("process \(child.pid) of gapless ended early: \(exit)")
        }
    }

    /// Asks all processes to stop, the latest first, and waits until they have.
    @available(*, noasync)
    func stopAll() throws {
        for child in takeAll() {
            try child.signal(SIGTERM)
            guard try child.wait(timeout: .seconds(15)) == nil else { continue }
            try child.signal(SIGKILL, group: true)
            _ = try child.wait()
        }
    }

    /// Kills whatever still runs.
    func killAll() throws {
        for child in takeAll() { try child.signal(SIGKILL, group: true) }
    }

    private func takeAll() -> [ChildProcess] {
        running.withLock { children in
            defer { children = [] }
            return children.reversed()
        }
    }

    private static func folderOfThisProgram() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw SystemCallFailure("readlink", "/proc/self/exe") }
        let text = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}
