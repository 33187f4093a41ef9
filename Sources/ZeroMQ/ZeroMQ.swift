/// The module's one job: messages between threads and processes through libzmq, with typed errors.
///
/// What it holds its users to, and why:
/// - A ``Context`` may be shared by threads. A ``Socket``, its ``Monitor`` and a ``Poller`` belong to one thread at a
///   time: they are not `Sendable`, so the compiler refuses to share them, and handing one to another thread
///   (`sending`) brings the memory fence that libzmq asks for.
/// - Closing never hangs: no socket lingers without a bound (``SocketOptions/lingerMillis``).
/// - Nothing is dropped in silence for being too much: a send that does not fit is ``ZeroMQError/Code/wouldBlock``, a
///   send to a peer that is not there is ``ZeroMQError/Code/unroutable``. What was accepted by `send` is queued, not
///   delivered: a peer that dies takes its queue with it, so answers, not sends, are what a caller may count on.

internal import CZeroMQ

/// Facts about the libzmq that this process runs with.
public enum ZeroMQLibrary {
    /// The library's version, as "4.3.4".
    public static var version: String {
        var major: Int32 = 0
        var minor: Int32 = 0
        var patch: Int32 = 0
        unsafe zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// Whether the library was built with CURVE, without which ``CurveKeyPair/generate()`` and CURVE sockets fail.
    public static var hasCurve: Bool {
        unsafe zmq_has("curve") == 1
    }
}
