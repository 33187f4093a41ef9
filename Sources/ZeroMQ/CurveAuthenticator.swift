/// Decides which clients the CURVE servers of one context let in: those whose public keys it lists (ZAP, RFC 27).
///
/// It has no thread of its own: add ``source`` to the ``Poller`` of the thread that owns it and call ``answer()`` when
/// it is readable. Handshakes wait until it answers, at most ``SocketOptions/handshakeMillisMax``.
public final class CurveAuthenticator {
    /// What was decided about one client.
    public struct Decision: Hashable, Sendable {
        /// The client's key; nil: it did not use CURVE.
        public let client: CurveKey?
        /// Its network address, as libzmq gives it.
        public let address: String
        /// Whether it was let in.
        public let isAccepted: Bool
    }

    /// Where requests come from; for a ``Poller``.
    public let source: Socket

    /// The clients that are let in; may be changed at any time, for handshakes to come.
    public var clients: Set<CurveKey>

    static let domain = "gapless"
    private static let endpoint = "inproc://zeromq.zap.01"

    /// Starts to serve `context`; before its servers bind.
    ///
    /// - Throws: ``ZeroMQError``: `.addressInUse` when the context has an authenticator already.
    public init(_ context: Context, clients: Set<CurveKey>) throws(ZeroMQError) {
        self.clients = clients
        source = try Socket(context, .router)
        try source.bind(Self.endpoint)
    }

    /// Answers every request that waits, and returns what was decided.
    ///
    /// - Throws: ``ZeroMQError``: `.terminated`, `.closed`.
    @available(*, noasync)
    @discardableResult
    public func answer() throws(ZeroMQError) -> [Decision] {
        var decisions: [Decision] = []
        while let frames = try source.receive() {
            if let decision = try answer(frames) { decisions.append(decision) }
        }
        return decisions
    }

    /// Frames: routing id, empty, version, request id, domain, address, identity, mechanism, credentials.
    private func answer(_ frames: [[UInt8]]) throws(ZeroMQError) -> Decision? {
        guard frames.count >= 8 else { return nil }
        let key = frames.count == 9 && frames[7] == Array("CURVE".utf8) ? frames[8] : []
        // Any other length than a key's is no key, and no key is refused.
        let client = try? CurveKey(bytes: key)
        let isServed = frames[2] == Array("1.0".utf8) && frames[4] == Array(Self.domain.utf8)
        let isAccepted = isServed && client.map { clients.contains($0) } == true
        let status = isAccepted ? ["200", "OK", client?.description ?? ""] : ["400", "not a listed key", ""]
        let reply = [frames[1], frames[2], frames[3]] + status.map { Array($0.utf8) } + [[]]
        do {
            try source.send(reply, to: frames[0])
        } catch  where error.code == .unroutable {
            // The client hung up before it was answered.
            return nil
        }
        let address = String(decoding: frames[5], as: UTF8.self)
        return Decision(client: client, address: address, isAccepted: isAccepted)
    }
}
