/// How a socket behaves: set once, before it binds or connects; times are milliseconds.
public struct SocketOptions: Hashable, Sendable {
    /// ZMTP heartbeats: how a connection whose peer vanished without a word is noticed.
    public struct Heartbeat: Hashable, Sendable {
        /// A ping is sent after so long without traffic.
        public var intervalMillis: Int
        /// The connection is given up when an answer takes longer.
        public var timeoutMillis: Int
        /// What the peer is told to wait for our next ping before it gives up; libzmq counts in tenths of a second.
        public var timeToLiveMillis: Int

        /// Makes heartbeats; by default the peer waits as long as we do.
        public init(intervalMillis: Int, timeoutMillis: Int, timeToLiveMillis: Int? = nil) {
            self.intervalMillis = intervalMillis
            self.timeoutMillis = timeoutMillis
            self.timeToLiveMillis = timeToLiveMillis ?? timeoutMillis
        }
    }

    /// Who may talk: nothing checked (for `ipc://` and loopback), or CURVE with keys.
    public enum Security: Hashable, Sendable {
        /// Neither encrypted nor authenticated.
        case none
        /// The bound side. With `.listed`, a ``CurveAuthenticator`` must run in the same context, else no client gets
        /// in.
        case curveServer(CurveKeyPair, clients: Clients)
        /// The connecting side, which accepts only the server that owns `server`.
        case curveClient(CurveKeyPair, server: CurveKey)

        /// Which clients a CURVE server lets in.
        public enum Clients: Hashable, Sendable {
            /// All that know the server's public key.
            case anyone
            /// Those whose public keys the context's ``CurveAuthenticator`` lists.
            case listed
        }
    }

    /// The longest time that closing waits for queued messages to leave: 0...``lingerMillisMax``.
    public var lingerMillis = 0
    /// Messages queued for one peer before `send` says `.wouldBlock`; at least 1, so that no queue is without a bound.
    public var sendQueueMax = 1000
    /// Messages from one peer queued here before its sends start to wait; at least 1.
    public var receiveQueueMax = 1000
    /// A peer that sends a larger frame is disconnected; messages are small, this only bounds memory.
    public var frameBytesMax = 64 << 20
    /// A message with more frames is thrown away with `.tooManyFrames`.
    public var framesMax = 64
    /// Queue only to completed connections, so that nothing waits in a queue to nowhere.
    public var isImmediate = true
    /// The name that routers know this socket by, 1...255 bytes, not beginning with 0; nil: the router makes one up.
    public var routingID: [UInt8]?
    /// For routers: a new connection takes the routing id over from a dead one that was not noticed yet.
    ///
    /// Without it, libzmq drops the newcomer's messages in silence.
    public var handsOver = true
    /// Heartbeats; nil: none.
    public var heartbeat: Heartbeat?
    /// The first pause before connecting again, doubled up to ``reconnectMillisMax``.
    public var reconnectMillis = 100
    /// The longest pause before connecting again.
    public var reconnectMillisMax = 2_000
    /// How long a TCP connection may take to open; 0: as long as the system's default.
    public var connectMillisMax = 0
    /// A peer that has not finished the handshake by then is disconnected; 0: never.
    public var handshakeMillisMax = 30_000
    /// Connections that may wait to be accepted.
    public var backlog = 512
    /// The mode of the file that binding to `ipc://` makes.
    public var socketFileMode: UInt32 = 0o600
    /// Keys, where the endpoint is not local.
    public var security = Security.none

    /// The longest linger that is accepted: a process must be able to end.
    public static let lingerMillisMax = 60_000

    /// The defaults.
    public init() {}
}
