internal import Glibc

/// What an endpoint's text says before libzmq sees it.
enum Endpoint {
    /// A Unix socket file.
    case ipc(path: String)
    /// TCP, inproc, or an abstract Unix socket (`ipc://@name`), which has no file.
    case other

    /// The longest path that fits `sockaddr_un` with its closing zero.
    static let pathBytesMax = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// Reads `text`; `call` and `context` are for the error.
    ///
    /// - Throws: `.invalidEndpoint`, or `.pathTooLong` with the length and the limit.
    init(_ text: String, call: String, context: String) throws(ZeroMQError) {
        let schemes = ["ipc://", "tcp://", "inproc://"]
        guard let scheme = schemes.first(where: { text.hasPrefix($0) }), text.utf8.count > scheme.utf8.count,
            !text.utf8.contains(0)
        else {
            throw ZeroMQError(code: .invalidEndpoint, call: call, context: context)
        }
        guard scheme == "ipc://" else {
            self = .other
            return
        }
        let path = String(text.dropFirst(scheme.count))
        guard path.utf8.count <= Self.pathBytesMax else {
            let code = ZeroMQError.Code.pathTooLong(bytes: path.utf8.count, limit: Self.pathBytesMax)
            throw ZeroMQError(code: code, call: call, context: context)
        }
        guard path != "*" else { throw ZeroMQError(code: .invalidEndpoint, call: call, context: context) }
        self = path.hasPrefix("@") ? .other : .ipc(path: path)
    }
}
