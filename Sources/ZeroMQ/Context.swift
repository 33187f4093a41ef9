internal import CZeroMQ
internal import Glibc

/// A libzmq context: the input and output threads that all sockets made from it share.
///
/// Every ``Socket`` keeps its context alive, so the context ends after its last socket, and then waits only for what
/// the sockets may linger: at most the longest ``SocketOptions/lingerMillis`` among them. Sendable without checks:
/// libzmq documents a context as safe for all threads, and `handle` never changes.
@safe
public final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    /// Makes a context of `ioThreads` threads (one serves about a gigabyte a second) for at most `socketsMax` sockets.
    ///
    /// - Throws: ``ZeroMQError`` with `.tooManySockets` or `.invalidArgument`.
    public init(ioThreads: Int = 1, socketsMax: Int = 1023) throws(ZeroMQError) {
        guard let handle = unsafe zmq_ctx_new() else { throw lastError("zmq_ctx_new", "making a context") }
        unsafe self.handle = handle
        // A socket of this context never lingers for ever, even where a linger was not set on it.
        try set(ZMQ_BLOCKY, 0, "blocky")
        try set(ZMQ_IO_THREADS, ioThreads, "ioThreads")
        try set(ZMQ_MAX_SOCKETS, socketsMax, "socketsMax")
    }

    deinit {
        while unsafe zmq_ctx_term(handle) == -1, zmq_errno() == EINTR {}
    }

    /// Makes every waiting or later call on this context's sockets throw `.terminated`; may be called from any thread.
    ///
    /// Sockets must still be closed by their owners.
    public func shutdown() throws(ZeroMQError) {
        try check(unsafe zmq_ctx_shutdown(handle), "zmq_ctx_shutdown", "shutting a context down")
    }

    private func set(_ option: Int32, _ value: Int, _ name: String) throws(ZeroMQError) {
        let clamped = Int32(clamping: value)
        try check(unsafe zmq_ctx_set(handle, option, clamped), "zmq_ctx_set", "setting \(name) to \(value)")
    }
}
