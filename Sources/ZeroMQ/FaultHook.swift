#if Faults
internal import Synchronization
#endif

/// Where a build with the package trait `Faults` lets messages fail on purpose; in other builds nothing of it is left.
///
/// The hook knows names only: what happens at a point is the affair of whoever installs it, so that this module
/// imports nothing for it.
public enum FaultHook {
    /// What becomes of a message. A point may also stall or end the process before it says so.
    public enum Outcome: Sendable {
        /// The call fails with this error number.
        case fail(Int32)
        /// The message is lost and nobody is told.
        case lose
        /// The message is sent twice.
        case `repeat`
    }

    /// What happens at a point; nil to go on. The subject is the kind of the socket: `router` or `dealer`.
    public typealias Body = @Sendable (_ point: StaticString, _ subject: String) -> Outcome?

    #if Faults
    /// In a struct of its own: a bare closure is wrapped once more each time that it passes through the lock, in a
    /// debug build, until the stack is used up.
    private struct Installed { var body: Body? }

    private static let installed = Mutex(Installed())

    /// Makes `body` decide at every point of this process; before the first message.
    public static func install(_ body: @escaping Body) { installed.withLock { $0.body = body } }
    #endif

    /// What somebody wants to happen at this point; nil, and no code at all, without the trait.
    @inline(__always)
    static func outcome(_ point: StaticString, _ kind: Socket.Kind) -> Outcome? {
        #if Faults
        installed.withLock { $0.body }?(point, kind.rawValue)
        #else
        nil
        #endif
    }
}
