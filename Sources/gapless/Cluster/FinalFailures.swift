import Supervision
import Synchronization

/// Remembers a child that ended in a way that no restart can help, and calls somebody then.
final class FinalFailures: Sendable {
    private struct State {
        var exitCode: Int32?
        var onFinal: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// The exit code of the first such child.
    var exitCode: Int32? { state.withLock { $0.exitCode } }

    /// Called once for each such child, on the supervisor's thread.
    var onFinal: (@Sendable () -> Void)? {
        get { state.withLock { $0.onFinal } }
        set { state.withLock { $0.onFinal = newValue } }
    }

    /// For a supervisor's notices.
    var note: @Sendable (Supervisor.Notice) -> Void {
        { [self] notice in
            guard case .gaveUp(_, let exit) = notice, case .code(let code) = exit else { return }
            state.withLock { $0.exitCode = $0.exitCode ?? code }
            onFinal?()
        }
    }
}
