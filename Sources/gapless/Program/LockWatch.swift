import Glibc
import LMDB
import Logging
import Status
import Supervision

/// Says so when this process has waited for the write lock for long, and who holds it.
///
/// LMDB's lock cannot be waited for with an end; a process that was stopped inside a transaction holds up every writer.
struct LockWatch {
    /// How often the wait is looked at, in microseconds.
    private static let lookMicroseconds: UInt32 = 250_000
    /// After how long it is said again, in milliseconds.
    static let repeatMillis: Int64 = 10_000

    private var saidAtMillis: Int64?

    /// What to say of a wait (nil: none goes on) that is looked at now; nil: nothing.
    mutating func line(
        _ wait: Environment.LockWait?, holder: (WriterGate.Holder?) throws -> String
    ) rethrows -> String? {
        guard let wait, wait.millis >= WriteLock.longMillis else {
            defer { saidAtMillis = nil }
            return saidAtMillis == nil ? nil : "the write lock is free again"
        }
        // A wait shorter than when it was last said is another one.
        if let said = saidAtMillis, wait.millis >= said, wait.millis < said + LockWatch.repeatMillis { return nil }
        saidAtMillis = wait.millis
        return "waiting for the write lock for \(wait.millis / 1_000) s: \(try holder(wait.holder))"
    }

    /// Watches until the environment is closed, on a thread of its own.
    static func start(_ environment: Environment, log: Logger) throws {
        let watched = Watched(environment)
        try BlockingThread(name: "lock-watch") {
            var watch = LockWatch()
            while usleep(lookMicroseconds) == 0 || errno == EINTR {
                guard let environment = watched.environment else { return }
                do {
                    let line = try watch.line(environment.lockWait, holder: WriteLock.text)
                    if let line { log.warning("\(line)") }
                } catch {
                    log.warning("waiting for the write lock; who holds it cannot be seen: \(error)")
                }
            }
        }.detach()
    }

    /// An environment that is not kept open by being watched.
    private final class Watched: @unchecked Sendable {  // set once; weak references are read atomically
        weak let environment: Environment?
        init(_ environment: Environment) { self.environment = environment }
    }
}
