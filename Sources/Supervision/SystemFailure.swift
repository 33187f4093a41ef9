internal import Glibc

/// A call to the operating system that failed: which one, on what, and why.
public struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call, as in its manual page: `posix_spawn`.
    public let call: String
    /// What it was about: a path, a PID, a signal.
    public let context: String
    /// The value of `errno`.
    public let code: Int32

    init(_ call: String, _ context: String, code: Int32 = errno) {
        self.call = call
        self.context = context
        self.code = code
    }

    /// `posix_spawn /bin/x: No such file or directory`.
    public var description: String { "\(call) \(context): \(reason)" }

    /// The system's words for the code.
    public var reason: String {
        // strerror_r fills the buffer or returns a constant; either way nothing is shared between threads.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: base)
        }
    }
}
