internal import Glibc

/// A handle on one process, whatever happens to its PID: its descriptor (a pidfd) becomes readable when it ends.
public final class ProcessHandle: Sendable {
    /// What became of a process that somebody told of.
    public enum Finding: Sendable {
        /// It is there.
        case running(ProcessHandle)
        /// It has ended for certain, provided that its PID was of this process's own PID namespace.
        case ended
        /// It cannot be seen: `/proc` hides the processes of others, say.
        case hidden
    }

    /// The descriptor to poll. It is closed with the handle.
    public let descriptor: Int32

    /// A handle on whatever has this PID now; throws ESRCH when nobody has.
    private init(pid: Int32) throws {
        descriptor = try GlibcGaps.openPidDescriptor(pid)
    }

    deinit { close(descriptor) }

    /// Looks for exactly this process. Throws ``SystemFailure`` when no descriptor can be had.
    ///
    /// A process of another host, boot or PID namespace is not for this function to judge: ask first.
    public static func find(_ process: ProcessIdentity) throws -> Finding {
        let handle: ProcessHandle
        do {
            handle = try ProcessHandle(pid: process.pid)
        } catch let error as SystemFailure where error.code == ESRCH {
            return .ended
        }
        // The PID may have come back: who it is now is asked while the descriptor holds it.
        guard let stat = try ProcessStat(pid: process.pid) else { return try handle.hasEnded() ? .ended : .hidden }
        guard stat.startTicks == process.startTicks else { return .ended }
        // A main thread that has ended is shown as a zombie although others may live on: the descriptor knows.
        return try handle.hasEnded() ? .ended : .running(handle)
    }

    private func hasEnded() throws -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&entry, 1, 0)
            if count >= 0 { return count > 0 }
            guard errno == EINTR else { throw SystemFailure("poll", "of a pidfd") }
        }
    }
}
