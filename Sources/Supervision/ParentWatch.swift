internal import Glibc

/// For a child: calls a function when its supervisor has ended, however it ended.
///
/// It waits on the supervisor's pidfd. (`PR_SET_PDEATHSIG` would signal when the *thread* that started the child ends,
/// and misses a parent that died before the call.) The supervisor tells who it is in an environment variable.
public enum ParentWatch {
    /// The variable in which a supervisor hands its identity to its children.
    public static let variable = "GAPLESS_SUPERVISOR"

    /// Starts watching; `onEnd` is called once, on a thread of its own, at once if the supervisor is already gone.
    ///
    /// Its argument is nil, or why the supervisor cannot be watched any more: to run on unwatched would be worse than
    /// to stop. `supervisor` is the text of the variable; throws `SystemFailure` if it is no identity or no thread can
    /// be made.
    public static func start(supervisor text: String, onEnd: @escaping @Sendable (_ failure: (any Error)?) -> Void)
        throws
    {
        guard let supervisor = ProcessIdentity(text) else { throw SystemFailure("parse", text, code: EINVAL) }
        try BlockingThread(name: "parent-watch") {
            do {
                try waitForEnd(of: supervisor)
                onEnd(nil)
            } catch {
                onEnd(error)
            }
        }.detach()
    }

    private static func waitForEnd(of supervisor: ProcessIdentity) throws {
        let descriptor: PidDescriptor
        do {
            descriptor = try PidDescriptor(pid: supervisor.pid)
        } catch let failure as SystemFailure where failure.code == ESRCH {
            return
        }
        // Only now is it known that the PID cannot change hands: was it still the supervisor's?
        guard try supervisor.isRunning() else { return }
        _ = try descriptor.waitForEnd(timeout: nil)
    }
}
