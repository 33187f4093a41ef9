internal import Backfill
internal import Runtime
internal import Wire
internal import ZeroMQ

/// A worker's connection to its coordinator. One thread.
final class CoordinatorLink {
    private enum Source: Hashable {
        case socket
        case monitor
        case mailbox
    }

    private let socket: Socket
    private let monitor: Monitor
    private let poller = Poller<Source>()

    /// Connects in the background: the coordinator may come later, and come back.
    init(_ context: Context, endpoint: String, nonce: Nonce, mailbox: Bell) throws {
        var options = SocketOptions()
        options.routingID = [1] + nonce.bytes  // libzmq keeps ids that begin with 0 for itself
        options.reconnectMillis = 20
        options.reconnectMillisMax = 500
        // A half-open connection over TCP is noticed by libzmq's own heartbeats, and made anew.
        options.heartbeat = SocketOptions.Heartbeat(intervalMillis: 1_000, timeoutMillis: 3_000)
        // What was said last may still be on its way when the socket is closed.
        options.lingerMillis = 1_000
        socket = try Socket(context, .dealer, options)
        monitor = try Monitor(socket)
        try socket.connect(endpoint)
        poller.add(socket, as: .socket)
        poller.add(monitor.source, as: .monitor)
        poller.add(descriptor: mailbox.descriptor, as: .mailbox)
    }

    /// Waits until there is something to receive, or mail, or the time is over.
    func wait(milliseconds: Int) throws {
        _ = try poller.wait(timeoutMillis: milliseconds)
    }

    /// Whether a connection has been made since this was last asked.
    func hasConnected() throws -> Bool {
        var hasConnected = false
        while let event = try monitor.next() {
            if event.kind == .handshakeSucceeded { hasConnected = true }
        }
        return hasConnected
    }

    /// The next message, if any. Throws `WireError` for one that cannot be read; it is gone then.
    func receive() throws -> CoordinatorEnvelope? {
        try socket.receive().map { try WireCodec.decodeCoordinator($0) }
    }

    /// Sends a message; false if nobody is connected, in which case the session says it again later.
    func send(_ envelope: WorkerEnvelope) throws -> Bool {
        do {
            try socket.send(WireCodec.encode(envelope))
            return true
        } catch let error as ZeroMQError where error.code == .wouldBlock {
            return false
        }
    }

    func close() {
        socket.close()
    }
}
