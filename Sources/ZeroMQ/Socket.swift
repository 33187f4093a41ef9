internal import CZeroMQ

/// A ROUTER, DEALER or PAIR socket, owned by one thread at a time (see the module's rules).
///
/// The socket closes when its last reference goes, or by ``close()``; either returns at once and leaves at most
/// ``SocketOptions/lingerMillis`` of work to the context.
@safe
public final class Socket {
    /// What the socket does with messages.
    public enum Kind: String, Hashable, Sendable {
        /// Talks to many: its messages begin with the routing id of the peer. Always with ROUTER_MANDATORY.
        case router
        /// Talks to one router (or takes turns among several) without waiting for answers.
        case dealer
        /// Talks to exactly one other pair, between threads over `inproc://`.
        case pair
    }

    /// What the socket was made as.
    public let kind: Kind

    /// What it was made with.
    public let options: SocketOptions

    /// nil once closed.
    private(set) var handle: UnsafeMutableRawPointer?

    /// Keeps the context alive until the socket is closed.
    let context: Context

    /// `ipc://` socket files that this socket made and removes when it closes.
    var listeners: [UnixListener] = []

    /// The time-outs last set on the handle, to save a call a message; milliseconds, -1 for ever.
    var sendTimeoutSet: Int32 = -1
    var receiveTimeoutSet: Int32 = -1

    /// Whether a ``Monitor`` of this socket lives: libzmq knows only one.
    var isMonitored = false

    /// Makes a socket of `kind`; nothing is bound or connected yet.
    ///
    /// - Throws: ``ZeroMQError``: `.tooManySockets`, `.terminated`, or `.invalidArgument` with the name of the option.
    public init(_ context: Context, _ kind: Kind, _ options: SocketOptions = .init()) throws(ZeroMQError) {
        self.kind = kind
        self.options = options
        self.context = context
        guard let handle = unsafe zmq_socket(context.handle, kind.number) else {
            throw lastError("zmq_socket", "making a \(kind.rawValue)")
        }
        unsafe self.handle = handle
        try apply(options)
    }

    deinit {
        close()
    }

    /// Closes the socket and removes its socket files; further calls on it throw `.closed`.
    ///
    /// Closing twice is harmless.
    public func close() {
        guard let open = unsafe handle else { return }
        unsafe handle = nil
        for listener in listeners { listener.removeFile() }
        listeners = []
        // The only failure of zmq_close is ENOTSOCK, which a handle that is not nil rules out.
        unsafe precondition(zmq_close(open) == 0, "closing a socket that libzmq does not know")
    }

    /// The handle, or `.closed`.
    func openHandle(_ call: String) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        guard let handle = unsafe handle else {
            throw ZeroMQError(code: .closed, call: call, context: "using a \(kind.rawValue)")
        }
        return unsafe handle
    }
}

extension Socket.Kind {
    var number: Int32 {
        switch self {
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        case .pair: ZMQ_PAIR
        }
    }
}
