import Glibc
import Supervision

/// A process of the real program whose log is read as it grows.
final class WatchedProcess {
    /// How long a line may take to come, in nanoseconds; far longer than anything that is measured.
    private static let patienceNanoseconds: UInt64 = 60_000_000_000
    /// Between two looks at the log: what is measured is that much too long at most.
    private static let lookMicroseconds: UInt32 = 200

    let process: ChildProcess
    private let log: String
    private let descriptor: Int32
    private var text = ""

    /// Starts `gapless` with these arguments; its log goes to the file `log`.
    init(_ program: String, _ arguments: [String], database: String, log: String) throws {
        self.log = log
        descriptor = open(log, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallFailure("open", log) }
        process = try ChildProcess(
            ChildSpec(
                name: arguments[0], executable: program,
                arguments: arguments + ["--db", database, "--log-level", "info", "--log-file", log],
                environment: [ParentWatch.variable: try ProcessIdentity.current().description]))
    }

    deinit { close(descriptor) }

    /// Waits until the log holds these words; returns the moment, in nanoseconds of the monotonic clock.
    @available(*, noasync)
    func wait(for words: String) throws -> UInt64 {
        let deadline = Stopwatch.nanoseconds() + WatchedProcess.patienceNanoseconds
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while Stopwatch.nanoseconds() < deadline {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw SystemCallFailure("read", log) }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            if text.contains(words) { return Stopwatch.nanoseconds() }
            if let exit = try process.wait(timeout: .zero) {
                throw BenchFailure("process \(process.pid) of gapless ended early: \(exit); its log: \(text)")
            }
            usleep(WatchedProcess.lookMicroseconds)
        }
        throw BenchFailure("'\(words)' did not come within 60 s; the log of process \(process.pid): \(text)")
    }

    /// Kills it; returns the moment just before.
    @available(*, noasync)
    func kill() throws -> UInt64 {
        let moment = Stopwatch.nanoseconds()
        try process.signal(SIGKILL)
        return moment
    }

    /// Kills it if it still runs, and waits for its end.
    @available(*, noasync)
    func end() throws {
        try process.signal(SIGKILL, group: true)
        _ = try process.wait()
    }
}
