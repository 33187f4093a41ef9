import Foundation
import Glibc

/// A process that ends with this one, whatever happens to either: the kernel kills it when its parent dies.
///
/// `setpriv --pdeathsig` asks for that before it becomes the program; it counts the thread that started it, so all
/// children are started by the main thread. What it writes goes to files.
final class Child {
    /// How it ended: an exit code, or a signal's number negated.
    private(set) var ending: Int32?
    let pid: Int32
    let started: Double
    let output: String
    let errors: String

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: the beginning of the names of the files for what it writes: `.out` and `.err` follow.
    ///   - input: a file; nil for none.
    init(_ program: String, _ arguments: [String], environment: [String: String], path: String, input: String? = nil)
        throws
    {
        output = path + ".out"
        errors = path + ".err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let words = ["/usr/bin/setpriv", "--pdeathsig", "KILL", program] + arguments
        let variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GAPLESS_") }
            .merging(environment) { $1 }.map { "\($0)=\($1)" }
        var pid = pid_t()
        let code = Child.withStrings(words) { words in
            Child.withStrings(variables) { posix_spawn(&pid, "/usr/bin/setpriv", &actions, nil, words, $0) }
        }
        guard code == 0 else { throw ChaosFailure("\(program) cannot be started: \(String(cString: strerror(code)))") }
        self.pid = pid
        started = Clock.seconds()
    }

    private static func withStrings<R>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { fatalError("an array with its end in it has a base") }
            return body(base)
        }
    }

    /// Whether it has ended; then `ending` says how.
    func hasEnded() -> Bool {
        if ending != nil { return true }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return false }
        let signal = status & 0x7f
        ending = signal == 0 ? (status >> 8) & 0xff : -signal
        return true
    }

    /// Sends a signal, unless it has ended: until it is waited for its PID is its own.
    func signal(_ number: Int32) {
        if !hasEnded() { kill(pid, number) }
    }

    /// Whether it is stopped by a signal.
    var isStopped: Bool {
        // A process that is gone is not stopped.
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.hasPrefix(" T") ?? false
    }

    /// Limits the size of the files that it may write to, or lifts the limit: what a full disk is to it.
    func limitFiles(bytes: UInt64?) {
        if hasEnded() { return }
        var limit = rlimit(rlim_cur: rlim_t(bytes ?? UInt64.max), rlim_max: rlim_t(UInt64.max))
        // It may have ended this very moment: then there is nothing to limit.
        _ = limitOfProcess(pid, Int32(RLIMIT_FSIZE.rawValue), &limit, nil)
    }

    /// Waits for its end, doing `meanwhile` again and again; kills it after `seconds`.
    func wait(seconds: Double, meanwhile: () -> Void = {}) throws -> Int32 {
        let deadline = Clock.seconds() + seconds
        while !hasEnded() {
            if Clock.seconds() > deadline {
                signal(SIGKILL)
                while !hasEnded() { usleep(1_000) }
                throw ChaosFailure("process \(pid) did not end within \(seconds) s; see \(errors)")
            }
            meanwhile()
            usleep(1_000)
        }
        return ending ?? 0
    }
}

/// prlimit(2), which glibc declares for GNU sources only: the limits of another process.
@_silgen_name("prlimit")
private func limitOfProcess(
    _ pid: pid_t, _ resource: Int32, _ new: UnsafePointer<rlimit>?, _ old: UnsafeMutablePointer<rlimit>?
) -> Int32

/// What the chaos itself could not do, or a promise that was not kept.
struct ChaosFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The time of day in seconds since 1970.
enum Clock {
    static func seconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
