internal import CZeroMQ
internal import Glibc

/// What went wrong in libzmq or in the operating system below it: a code, the call that failed, and what it was doing.
public struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that a caller may wish to tell apart.
    public enum Code: Hashable, Sendable {
        /// The queue is full, or no peer is connected yet, and the time given for waiting is over. Nothing was sent.
        case wouldBlock
        /// No peer with this routing id is connected. Nothing was sent.
        case unroutable
        /// Someone else listens at this address.
        case addressInUse
        /// The address is not one of this machine, or its folder does not exist.
        case addressNotAvailable
        /// The operating system does not permit it.
        case permissionDenied
        /// An `ipc://` path is longer than a socket address can hold; both in bytes.
        case pathTooLong(bytes: Int, limit: Int)
        /// The path of an `ipc://` endpoint is taken by a file that is not a socket; it is left alone.
        case pathNotSocket
        /// The text is not an endpoint.
        case invalidEndpoint
        /// The value of an option or argument is outside what libzmq takes.
        case invalidArgument
        /// libzmq was built without what was asked for.
        case notSupported
        /// A message came with more frames than ``SocketOptions/framesMax``; it was thrown away whole.
        case tooManyFrames(limit: Int)
        /// The socket was closed.
        case closed
        /// The context is being shut down.
        case terminated
        /// The process has no file descriptors or sockets left.
        case tooManySockets
        /// A signal came before anything else did.
        case interrupted
        /// Any other error number of the operating system or of libzmq.
        case system(Int32)
    }

    /// What kind of failure this is.
    public let code: Code

    /// The function that failed, as "zmq_bind".
    public let call: String

    /// What it was doing, in words.
    public let context: String

    /// Makes an error from its three parts.
    public init(code: Code, call: String, context: String) {
        self.code = code
        self.call = call
        self.context = context
    }

    /// "zmq_bind: binding a router to ipc:///x: another process listens there".
    public var description: String {
        "\(call): \(context): \(code)"
    }

    /// Whether the same call may succeed a little later without any change.
    public var isTransient: Bool {
        switch code {
        case .wouldBlock, .unroutable, .interrupted, .tooManySockets: true
        default: false
        }
    }
}

extension ZeroMQError.Code: CustomStringConvertible {
    /// What is wrong and, where there is one, the way out.
    public var description: String {
        switch self {
        case .wouldBlock: "nothing could be queued in the time given: the peer is slow or not connected; try again"
        case .unroutable: "no peer with this routing id is connected"
        case .addressInUse: "another process listens there; stop it or choose another address"
        case .addressNotAvailable: "there is no such address on this machine, or no such folder"
        case .permissionDenied: "permission denied; check the owner and mode of the path and its folder"
        case .pathTooLong(let bytes, let limit):
            "the socket path has \(bytes) bytes and the system allows \(limit); choose a shorter folder or endpoint"
        case .pathNotSocket: "the path is taken by a file that is not a socket; move it or choose another path"
        case .invalidEndpoint: "not an endpoint; it should look like ipc:///run/name.sock or tcp://127.0.0.1:5555"
        case .invalidArgument: "the value is not one that libzmq takes"
        case .notSupported: "this libzmq was built without it"
        case .tooManyFrames(let limit): "the message had more than \(limit) frames and was thrown away"
        case .closed: "the socket is closed"
        case .terminated: "the context is shut down"
        case .tooManySockets: "no file descriptors or sockets are left; raise the limit of open files"
        case .interrupted: "interrupted by a signal"
        case .system(let number): unsafe String(cString: zmq_strerror(number)) + " (error \(number))"
        }
    }

    /// The code for an error number as `errno` or `zmq_errno()` gives it.
    init(errorNumber: Int32) {
        switch errorNumber {
        case EAGAIN: self = .wouldBlock
        case EHOSTUNREACH: self = .unroutable
        case EADDRINUSE: self = .addressInUse
        case EADDRNOTAVAIL, ENODEV, ENOENT, ENOTDIR: self = .addressNotAvailable
        case EACCES, EPERM, EROFS: self = .permissionDenied
        case EINVAL: self = .invalidArgument
        case ENOTSUP, EPROTONOSUPPORT, zmqIncompatibleProtocol: self = .notSupported
        case ENOTSOCK: self = .closed
        case zmqTerminated: self = .terminated
        case EMFILE, ENFILE: self = .tooManySockets
        case EINTR: self = .interrupted
        default: self = .system(errorNumber)
        }
    }
}

/// ENOCOMPATPROTO and ETERM of zmq.h, whose macros are not imported.
private let zmqIncompatibleProtocol = ZMQ_HAUSNUMERO + 52
private let zmqTerminated = ZMQ_HAUSNUMERO + 53

/// The error of a libzmq call that has just failed on this thread.
func lastError(_ call: String, _ context: String, number: Int32 = zmq_errno()) -> ZeroMQError {
    ZeroMQError(code: .init(errorNumber: number), call: call, context: context)
}

/// Throws when a libzmq call answered -1; must directly follow the call.
func check(_ result: Int32, _ call: String, _ context: @autoclosure () -> String) throws(ZeroMQError) {
    guard result == -1 else { return }
    let number = zmq_errno()
    throw lastError(call, context(), number: number)
}
