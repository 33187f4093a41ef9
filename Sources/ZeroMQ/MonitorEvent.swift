internal import CZeroMQ

/// What happened to one of a socket's connections.
public struct MonitorEvent: Hashable, Sendable {
    /// The kinds of event; error numbers are `errno` values.
    public enum Kind: Hashable, Sendable {
        /// The socket listens.
        case listening
        /// The socket could not listen.
        case bindFailed(Int32)
        /// A peer's connection was accepted; it has not shaken hands yet.
        case accepted
        /// A peer's connection could not be accepted.
        case acceptFailed(Int32)
        /// A connection to a peer is open; it has not shaken hands yet.
        case connected
        /// A connection is being opened.
        case connectDelayed
        /// Opening failed or the connection was lost; the next try comes after so many milliseconds.
        case connectRetried(afterMillis: Int)
        /// The peer may be talked to.
        case handshakeSucceeded
        /// The peer was refused or refused us.
        case handshakeFailed(HandshakeFailure)
        /// A connection that was open is gone.
        case disconnected
        /// A connection or listener was closed by this side.
        case closed
        /// Closing failed.
        case closeFailed(Int32)
        /// The monitored socket was closed; nothing follows.
        case stopped
        /// An event that this wrapper has no name for: its number and value.
        case unknown(UInt16, UInt32)
    }

    /// Why a handshake failed.
    public enum HandshakeFailure: Hashable, Sendable {
        /// An `errno` value: a connection that ended in the middle of it, for example.
        case noDetail(Int32)
        /// One of zmq.h's ZMQ_PROTOCOL_ERROR_ numbers: another protocol, another mechanism, wrong keys.
        case protocolError(UInt32)
        /// The authenticator's status: 300, 400 (not permitted) or 500.
        case authentication(status: Int)
    }

    /// What happened.
    public let kind: Kind

    /// Where, as "ipc:///run/x.sock" or "tcp://127.0.0.1:5555".
    public let endpoint: String

    /// Makes an event.
    public init(kind: Kind, endpoint: String) {
        self.kind = kind
        self.endpoint = endpoint
    }

    /// Reads the two frames that libzmq sends: event (16 bits) and value (32) in native order, and the endpoint.
    init?(frames: [[UInt8]]) {
        guard frames.count == 2, frames[0].count == 6 else { return nil }
        let number = unsafe frames[0].withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt16.self) }
        let value = unsafe frames[0].withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self) }
        self.init(
            kind: Kind(number: Int32(number), value: value), endpoint: String(decoding: frames[1], as: UTF8.self))
    }
}

extension MonitorEvent.Kind {
    init(number: Int32, value: UInt32) {
        let errorNumber = Int32(bitPattern: value)
        switch number {
        case ZMQ_EVENT_LISTENING: self = .listening
        case ZMQ_EVENT_BIND_FAILED: self = .bindFailed(errorNumber)
        case ZMQ_EVENT_ACCEPTED: self = .accepted
        case ZMQ_EVENT_ACCEPT_FAILED: self = .acceptFailed(errorNumber)
        case ZMQ_EVENT_CONNECTED: self = .connected
        case ZMQ_EVENT_CONNECT_DELAYED: self = .connectDelayed
        case ZMQ_EVENT_CONNECT_RETRIED: self = .connectRetried(afterMillis: Int(value))
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: self = .handshakeFailed(.noDetail(errorNumber))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: self = .handshakeFailed(.protocolError(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: self = .handshakeFailed(.authentication(status: Int(value)))
        case ZMQ_EVENT_DISCONNECTED: self = .disconnected
        case ZMQ_EVENT_CLOSED: self = .closed
        case ZMQ_EVENT_CLOSE_FAILED: self = .closeFailed(errorNumber)
        case ZMQ_EVENT_MONITOR_STOPPED: self = .stopped
        default: self = .unknown(UInt16(truncatingIfNeeded: number), value)
        }
    }
}
