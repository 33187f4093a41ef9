internal import CZeroMQ

extension Socket {
    /// Sets everything once, right after the socket was made.
    func apply(_ options: SocketOptions) throws(ZeroMQError) {
        try set(ZMQ_LINGER, options.lingerMillis, in: 0...SocketOptions.lingerMillisMax, "lingerMillis")
        try set(ZMQ_SNDHWM, options.sendQueueMax, in: 1...Int(Int32.max), "sendQueueMax")
        try set(ZMQ_RCVHWM, options.receiveQueueMax, in: 1...Int(Int32.max), "receiveQueueMax")
        try set(ZMQ_BACKLOG, options.backlog, in: 1...65_535, "backlog")
        try set(ZMQ_IMMEDIATE, options.isImmediate ? 1 : 0, in: 0...1, "isImmediate")
        try set(ZMQ_MAXMSGSIZE, bytes: Self.bytes(of: Int64(options.frameBytesMax)), "frameBytesMax")
        try checkRange(options.framesMax, in: 1...65_536, "framesMax")
        try applyRouting(options)
        try applyConnection(options)
        try apply(options.security)
    }

    private func applyRouting(_ options: SocketOptions) throws(ZeroMQError) {
        if kind == .router {
            try set(ZMQ_ROUTER_MANDATORY, 1, in: 1...1, "mandatory")
            try set(ZMQ_ROUTER_HANDOVER, options.handsOver ? 1 : 0, in: 0...1, "handsOver")
        }
        if let routingID = options.routingID {
            guard (1...255).contains(routingID.count), routingID[0] != 0 else {
                throw ZeroMQError(
                    code: .invalidArgument, call: "zmq_setsockopt",
                    context: "setting routingID (1...255 bytes, the first not 0) to \(routingID.count) bytes")
            }
            try set(ZMQ_ROUTING_ID, bytes: routingID, "routingID")
        }
    }

    private func applyConnection(_ options: SocketOptions) throws(ZeroMQError) {
        let millis = 0...Int(Int32.max)
        try set(ZMQ_RECONNECT_IVL, options.reconnectMillis, in: 1...Int(Int32.max), "reconnectMillis")
        try set(ZMQ_RECONNECT_IVL_MAX, options.reconnectMillisMax, in: millis, "reconnectMillisMax")
        try set(ZMQ_CONNECT_TIMEOUT, options.connectMillisMax, in: millis, "connectMillisMax")
        try set(ZMQ_HANDSHAKE_IVL, options.handshakeMillisMax, in: millis, "handshakeMillisMax")
        guard let heartbeat = options.heartbeat else { return }
        try set(ZMQ_HEARTBEAT_IVL, heartbeat.intervalMillis, in: 1...Int(Int32.max), "heartbeat.intervalMillis")
        try set(ZMQ_HEARTBEAT_TIMEOUT, heartbeat.timeoutMillis, in: 1...Int(Int32.max), "heartbeat.timeoutMillis")
        try set(ZMQ_HEARTBEAT_TTL, heartbeat.timeToLiveMillis, in: 0...6_553_599, "heartbeat.timeToLiveMillis")
    }

    private func apply(_ security: SocketOptions.Security) throws(ZeroMQError) {
        switch security {
        case .none:
            return
        case .curveServer(let keys, let clients):
            try set(ZMQ_CURVE_SERVER, 1, in: 1...1, "curveServer")
            try set(ZMQ_CURVE_SECRETKEY, bytes: keys.secret.bytes, "the secret key")
            guard clients == .listed else { return }
            try set(ZMQ_ZAP_DOMAIN, bytes: Array(CurveAuthenticator.domain.utf8), "the authentication domain")
            // Without an authenticator no client gets in: libzmq's own default would let everyone in.
            try set(ZMQ_ZAP_ENFORCE_DOMAIN, 1, in: 1...1, "the enforcing of authentication")
        case .curveClient(let keys, let server):
            try set(ZMQ_CURVE_SERVERKEY, bytes: server.bytes, "the server's public key")
            try set(ZMQ_CURVE_PUBLICKEY, bytes: keys.publicKey.bytes, "the public key")
            try set(ZMQ_CURVE_SECRETKEY, bytes: keys.secret.bytes, "the secret key")
        }
    }

    private func checkRange(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws(ZeroMQError) {
        guard range.contains(value) else {
            let context = "setting \(name) (\(range.lowerBound)...\(range.upperBound)) to \(value)"
            throw ZeroMQError(code: .invalidArgument, call: "zmq_setsockopt", context: context)
        }
    }

    func set(_ option: Int32, _ value: Int, in range: ClosedRange<Int>, _ name: String) throws(ZeroMQError) {
        try checkRange(value, in: range, name)
        try set(option, bytes: Self.bytes(of: Int32(value)), name)
    }

    private func set(_ option: Int32, bytes: [UInt8], _ name: String) throws(ZeroMQError) {
        let handle = unsafe try openHandle("zmq_setsockopt")
        let result = unsafe bytes.withUnsafeBytes { unsafe zmq_setsockopt(handle, option, $0.baseAddress, $0.count) }
        try check(result, "zmq_setsockopt", "setting \(name)")
    }

    private static func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: number) { unsafe Array($0) }
    }
}
