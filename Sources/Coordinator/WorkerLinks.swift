internal import Backfill
internal import Runtime
internal import Wire
internal import ZeroMQ

/// The coordinator's side of its connections to workers, and what its thread waits for. One thread.
final class WorkerLinks {
    enum Source: Hashable {
        case workers
        case mailbox
        case process(Nonce)
    }

    /// Where it listens, as workers must name it.
    let endpoint: String
    private let socket: Socket
    private let poller = Poller<Source>()

    /// Listens. Throws `ZeroMQError`: path too long, address in use, not permitted.
    init(_ context: Context, endpoint: String, mailbox: Bell) throws {
        var options = SocketOptions()
        // Messages to a worker: a handful; from all workers together: a heartbeat each, and results.
        options.receiveQueueMax = 100_000
        options.lingerMillis = 200
        options.heartbeat = SocketOptions.Heartbeat(intervalMillis: 1_000, timeoutMillis: 3_000)
        socket = try Socket(context, .router, options)
        self.endpoint = try socket.bind(endpoint)
        poller.add(socket, as: .workers)
        poller.add(descriptor: mailbox.descriptor, as: .mailbox)
    }

    /// Waits until something is to be done or the time is over; the workers whose processes have ended.
    func wait(milliseconds: Int) throws -> [Nonce] {
        try poller.wait(timeoutMillis: milliseconds).compactMap { ready in
            guard case .process(let nonce) = ready.id else { return nil }
            return nonce
        }
    }

    /// libzmq keeps ids that begin with 0 for itself.
    private static func routingID(of worker: Nonce) -> [UInt8] { [1] + worker.bytes }

    /// The next message, if any. Throws `WireError` for one that cannot be read; it is gone then.
    func receive() throws -> WorkerEnvelope? {
        guard let frames = try socket.receive() else { return nil }
        let envelope = try WireCodec.decodeWorker(Array(frames.dropFirst()))
        guard frames.first == WorkerLinks.routingID(of: envelope.sender) else {
            throw WireError.invalidField("sender", reason: "is another worker than the one that is connected")
        }
        return envelope
    }

    /// Sends a message; false if the worker is not connected: its hello or heartbeat will bring it up again.
    func send(_ message: CoordinatorEnvelope, to worker: Nonce) throws -> Bool {
        do {
            try socket.send(WireCodec.encode(message), to: WorkerLinks.routingID(of: worker))
            return true
        } catch let error as ZeroMQError where error.code == .unroutable || error.code == .wouldBlock {
            return false
        }
    }

    /// Wakes when the process behind this descriptor (a pidfd) ends.
    func watch(_ descriptor: Int32, of worker: Nonce) {
        poller.add(descriptor: descriptor, as: .process(worker))
    }

    func unwatch(_ worker: Nonce) {
        poller.remove(.process(worker))
    }

    func close() {
        socket.close()
    }
}
