internal import Glibc

/// A file descriptor that stands for one process, whatever happens to its PID; readable once the process has ended.
struct PidDescriptor: ~Copyable {
    let raw: Int32

    /// Opens it, or throws: ESRCH when there is no such process (any more).
    init(pid: pid_t) throws {
        raw = try GlibcGaps.openPidDescriptor(pid)
    }

    deinit { close(raw) }

    /// Waits until the process has ended, at most for `timeout` (nil: as long as it takes); whether it has.
    borrowing func waitForEnd(timeout: Duration?) throws -> Bool {
        var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            let rest = deadline.map { max(.zero, $0 - .now) }
            let count = poll(&entry, 1, pollTimeout(rest))
            if count > 0 { return true }
            if count < 0, errno != EINTR { throw SystemFailure("poll", "of a pidfd") }
            if count == 0, let deadline, deadline <= .now { return false }
        }
    }
}

/// The milliseconds that `poll` wants: rounded up, so that a wait is never short by a busy loop; nil waits without end.
func pollTimeout(_ duration: Duration?) -> Int32 {
    guard let duration else { return -1 }
    let (seconds, attoseconds) = duration.components
    guard seconds < Int64(Int32.max) / 1000 - 1 else { return Int32.max }
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
}
