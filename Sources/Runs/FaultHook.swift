#if Faults
internal import Synchronization
#endif

/// Where a build with the package trait `Faults` lets calls on run files fail on purpose; in other builds nothing of it
/// is left.
///
/// A point is `runs.` and the name of the call, with `.after` behind it once the call has succeeded. The hook knows
/// names only: what happens at a point is the affair of whoever installs it.
public enum FaultHook {
    /// What happens at a point: the error number to fail with, or nil to go on. It may also stall or end the process.
    public typealias Body = @Sendable (_ point: String, _ path: String) -> Int32?

    #if Faults
    /// In a struct of its own: a bare closure is wrapped once more each time that it passes through the lock, in a
    /// debug build, until the stack is used up.
    private struct Installed { var body: Body? }

    private static let installed = Mutex(Installed())

    /// Makes `body` decide at every point of this process; before the first file.
    public static func install(_ body: @escaping Body) { installed.withLock { $0.body = body } }
    #endif

    /// The number that this call should fail with; nil, and no code at all, without the trait.
    @inline(__always)
    static func number(before call: String, _ path: String) -> Int32? {
        #if Faults
        installed.withLock { $0.body }?("runs." + call, path)
        #else
        nil
        #endif
    }

    /// Called when the call has succeeded.
    @inline(__always)
    static func note(after call: String, _ path: String) {
        #if Faults
        _ = installed.withLock { $0.body }?("runs." + call + ".after", path)
        #endif
    }
}
