internal import Glibc

/// A handle on one process, whatever happens to its PID: its descriptor (a pidfd) becomes readable when it ends.
public final class ProcessHandle: Sendable {
    /// The descriptor to poll. It is closed with the handle.
    public let descriptor: Int32

    /// Watches exactly this process; nil if it has ended, or is not one that this process can see under that PID.
    ///
    /// Throws ``SystemFailure`` when no descriptor can be had.
    public init?(watching process: ProcessIdentity) throws {
        do {
            descriptor = try GlibcGaps.openPidDescriptor(process.pid)
        } catch let error as SystemFailure where error.code == ESRCH {
            return nil
        }
        // The PID may have come back between the two: who it is now is asked while the descriptor holds it.
        guard try process.isRunning() else { return nil }
    }

    deinit { close(descriptor) }
}
