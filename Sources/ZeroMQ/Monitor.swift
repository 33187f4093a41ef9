internal import CZeroMQ
private import Synchronization

/// The events of one socket's connections, in order; on the socket's thread.
///
/// Read it often: events queue without a bound, since libzmq would stop its own thread at a full queue. The socket
/// stays open as long as its monitor lives, unless it is closed by ``Socket/close()``.
public final class Monitor {
    /// Where the events come from; for a ``Poller``.
    public let source: Socket

    private let socket: Socket
    private static let count = Atomic<UInt64>(0)

    /// Starts to watch `socket`; do so before it binds or connects, to miss nothing.
    ///
    /// - Throws: ``ZeroMQError``: `.invalidArgument` when the socket is monitored already, `.closed`,
    ///   `.tooManySockets`.
    public init(_ socket: Socket) throws(ZeroMQError) {
        let handle = unsafe try socket.openHandle("zmq_socket_monitor")
        let context = "monitoring a \(socket.kind.rawValue)"
        guard !socket.isMonitored else {
            throw ZeroMQError(code: .invalidArgument, call: "zmq_socket_monitor", context: context + " a second time")
        }
        self.socket = socket
        source = try Socket(socket.context, .pair)
        try source.receiveWithoutBound()
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        let endpoint = "inproc://monitor-\(number)"
        try check(unsafe zmq_socket_monitor(handle, endpoint, ZMQ_EVENT_ALL), "zmq_socket_monitor", context)
        socket.isMonitored = true
        try source.connect(endpoint)
    }

    deinit {
        socket.stopMonitoring()
        source.close()
    }

    /// The next event, or nil when none came within `timeoutMillis` (0: none waits; nil: no limit).
    ///
    /// - Throws: ``ZeroMQError``: `.terminated`.
    @available(*, noasync)
    public func next(timeoutMillis: Int? = 0) throws(ZeroMQError) -> MonitorEvent? {
        guard let frames = try source.receive(timeoutMillis: timeoutMillis) else { return nil }
        guard let event = MonitorEvent(frames: frames) else {
            throw ZeroMQError(
                code: .notSupported, call: "zmq_socket_monitor",
                context: "reading a monitor's event of \(frames.count) frames in a form that this wrapper does not know"
            )
        }
        return event
    }
}

extension Socket {
    /// A monitor's own end: its queue has no bound.
    fileprivate func receiveWithoutBound() throws(ZeroMQError) {
        try set(ZMQ_RCVHWM, 0, in: 0...0, "receiveQueueMax")
    }

    fileprivate func stopMonitoring() {
        guard isMonitored else { return }
        isMonitored = false
        // A socket that is closed stopped its monitor itself. A context that is shut down answers ETERM and sends
        // nothing.
        guard let handle = unsafe handle else { return }
        _ = unsafe zmq_socket_monitor(handle, nil, 0)
    }
}
