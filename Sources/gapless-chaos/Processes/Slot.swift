import Foundation
import Glibc

/// A place for one coordinator or worker, which is started again whenever it ends.
final class Slot {
    let name: String
    private let start: (_ path: String, _ starts: Int) throws -> Child
    private let path: String
    private(set) var child: Child?
    private(set) var starts = 0
    private var restartAt: Double = 0
    /// When a stopped process is to be continued.
    var continueAt: Double?
    /// Signals that the chaos sent and whose effect is awaited.
    var expectsEnd = false

    init(_ name: String, path: String, start: @escaping (_ path: String, _ starts: Int) throws -> Child) {
        self.name = name
        self.path = path
        self.start = start
    }

    /// The log of all its processes.
    var log: String { path + ".err" }

    /// Starts it, or starts it again; how a process ended that has just ended.
    func keepAlive() throws -> (ending: Int32, wasExpected: Bool)? {
        let now = Clock.seconds()
        guard let child else {
            if now >= restartAt {
                starts += 1
                self.child = try start(path, starts)
            }
            return nil
        }
        continueIfDue()
        guard child.hasEnded() else { return nil }
        defer {
            self.child = nil
            continueAt = nil
            expectsEnd = false
            // A supervisor's pause, short, so that a round is short.
            restartAt = now + 0.02
        }
        return (child.ending ?? 0, expectsEnd)
    }

    /// Continues it if it was stopped, for long enough.
    func continueIfDue() {
        guard let child, let due = continueAt, Clock.seconds() >= due else { return }
        child.signal(SIGCONT)
        continueAt = nil
    }

    /// Ends it for good: SIGTERM, and SIGKILL for one that does not go.
    func end() throws -> Int32? {
        guard let child else { return nil }
        child.limitFiles(bytes: nil)
        child.signal(SIGCONT)
        child.signal(SIGTERM)
        let ending = try child.wait(seconds: 30)
        self.child = nil
        return ending
    }

    /// Ends it at once.
    func kill() {
        guard let child else { return }
        child.signal(SIGKILL)
        while !child.hasEnded() { usleep(500) }
        self.child = nil
    }
}
