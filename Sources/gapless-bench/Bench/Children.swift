import Glibc
import Supervision
import Synchronization

/// Processes that end with the bench.
final class Children: Sendable {
    private let running = Mutex<[ChildProcess]>([])
    /// Whether they are asked to stop before they are killed: benches, which clear up after themselves.
    private let isAsking: Bool

    init(asking: Bool = false) { isAsking = asking }

    func start(_ executable: String, _ arguments: [String], named name: String, environment: [String: String] = [:])
        throws -> ChildProcess
    {
        let child = try ChildProcess(
            ChildSpec(name: name, executable: executable, arguments: arguments, environment: environment))
        running.withLock { $0.append(child) }
        return child
    }

    /// Runs a program to its end and returns what it printed; throws if it fails, with what it said.
    @available(*, noasync)
    func run(_ executable: String, _ arguments: [String], named name: String) throws -> String {
        let spec = ChildSpec(name: name, executable: executable, arguments: arguments)
        var started: ChildProcess?
        let captured = try ChildProcess.capture(spec) { child in
            started = child
            running.withLock { $0.append(child) }
        }
        running.withLock { children in children.removeAll { $0 === started } }
        guard captured.exit == .code(0) else {
            let errors = String(decoding: captured.errors.suffix(2_000), as: UTF8.self)
            throw BenchFailure("\(name) failed (\(captured.exit)): \(errors)")
        }
        return String(decoding: captured.output, as: UTF8.self)
    }

    /// Throws if a process that should go on has ended.
    @available(*, noasync)
    func requireRunning() throws {
        for child in running.withLock({ $0 }) {
            guard let exit = try child.wait(timeout: .zero) else { continue }
            throw BenchFailure("process \(child.pid) ended early: \(exit); see above")
        }
    }

    /// Waits for the end of one; throws if it failed.
    @available(*, noasync)
    func finish(_ child: ChildProcess, named name: String) throws {
        guard try end(of: child) == .code(0) else { throw BenchFailure("\(name) failed; see above") }
    }

    /// Waits for the end of one and returns how it ended.
    @available(*, noasync)
    func end(of child: ChildProcess) throws -> ChildExit? {
        let exit = try child.wait()
        running.withLock { $0.removeAll { $0 === child } }
        return exit
    }

    /// Kills one of them and waits for its end.
    @available(*, noasync)
    func kill(_ child: ChildProcess) throws {
        try child.signal(SIGKILL, group: true)
        _ = try child.wait()
        running.withLock { $0.removeAll { $0 === child } }
    }

    /// Asks all to stop, the latest first, and waits until they have.
    @available(*, noasync)
    func stopAll(_ signal: Int32 = SIGTERM) throws {
        for child in takeAll() {
            try child.signal(signal)
            guard try child.wait(timeout: .seconds(15)) == nil else { continue }
            try child.signal(SIGKILL, group: true)
            _ = try child.wait()
        }
    }

    /// Kills whatever still runs.
    @available(*, noasync)
    func killAll() throws {
        if isAsking { try stopAll() }
        for child in takeAll() { try child.signal(SIGKILL, group: true) }
    }

    private func takeAll() -> [ChildProcess] {
        running.withLock { children in
            defer { children = [] }
            return children.reversed()
        }
    }
}
