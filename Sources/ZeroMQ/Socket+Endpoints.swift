internal import CZeroMQ
internal import Glibc

extension Socket {
    /// Listens at `endpoint` and returns the real one: `tcp://127.0.0.1:*` gets a free port.
    ///
    /// An `ipc://` file is made with ``SocketOptions/socketFileMode``; a stale one is replaced, one in use is not.
    /// - Throws: ``ZeroMQError``: `.addressInUse`, `.addressNotAvailable`, `.permissionDenied`, `.pathTooLong`,
    ///   `.pathNotSocket`, `.invalidEndpoint`.
    @discardableResult
    public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        let context = "binding a \(kind.rawValue) to \(endpoint)"
        let handle = unsafe try openHandle("zmq_bind")
        switch try Endpoint(endpoint, call: "zmq_bind", context: context) {
        case .ipc(let path):
            try bindFile(path, endpoint, context)
        case .other:
            guard unsafe zmq_bind(handle, endpoint) == 0 else { throw endpointError("zmq_bind", context) }
        }
        return try lastEndpoint()
    }

    /// Connects to `endpoint` now or, when nobody listens there yet, as soon as someone does.
    ///
    /// - Throws: ``ZeroMQError``: `.invalidEndpoint`, `.pathTooLong`, `.permissionDenied` (a socket file that this
    ///   process may not write), `.pathNotSocket`.
    public func connect(_ endpoint: String) throws(ZeroMQError) {
        let context = "connecting a \(kind.rawValue) to \(endpoint)"
        let handle = unsafe try openHandle("zmq_connect")
        if case .ipc(let path) = try Endpoint(endpoint, call: "zmq_connect", context: context) {
            try checkConnectable(path, context)
        }
        guard unsafe zmq_connect(handle, endpoint) == 0 else { throw endpointError("zmq_connect", context) }
    }

    /// Stops listening at an endpoint that ``bind(_:)`` returned; connections stay.
    public func unbind(_ endpoint: String) throws(ZeroMQError) {
        let handle = unsafe try openHandle("zmq_unbind")
        try check(unsafe zmq_unbind(handle, endpoint), "zmq_unbind", "unbinding a \(kind.rawValue) from \(endpoint)")
        listeners.removeAll { listener in
            guard endpoint == "ipc://" + listener.path else { return false }
            listener.removeFile()
            return true
        }
    }

    private func bindFile(_ path: String, _ endpoint: String, _ context: String) throws(ZeroMQError) {
        let handle = unsafe try openHandle("zmq_bind")
        let listener = try UnixListener(
            path: path, mode: options.socketFileMode, backlog: options.backlog, context: context)
        do throws(ZeroMQError) {
            try set(ZMQ_USE_FD, Int(listener.descriptor), in: 0...Int(Int32.max), "the listening descriptor")
            guard unsafe zmq_bind(handle, endpoint) == 0 else { throw endpointError("zmq_bind", context) }
        } catch {
            Glibc.close(listener.descriptor)
            listener.removeFile()
            throw error
        }
        listeners.append(listener)
        try set(ZMQ_USE_FD, -1, in: -1 ... -1, "no listening descriptor")
    }

    /// libzmq would try for ever, without a word, to connect where it never may.
    private func checkConnectable(_ path: String, _ context: String) throws(ZeroMQError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            // Nobody there yet is no error; libzmq tries again until there is.
            guard errno == ENOENT || errno == ENOTDIR else { throw lastError("lstat", context, number: errno) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK || status.st_mode & S_IFMT == S_IFLNK else {
            throw ZeroMQError(code: .pathNotSocket, call: "zmq_connect", context: context)
        }
        guard unsafe faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == -1, errno == EACCES else { return }
        throw lastError("zmq_connect", context, number: EACCES)
    }

    private func endpointError(_ call: String, _ context: String) -> ZeroMQError {
        let error = lastError(call, context)
        guard error.code == .invalidArgument else { return error }
        return ZeroMQError(code: .invalidEndpoint, call: call, context: context)
    }

    private func lastEndpoint() throws(ZeroMQError) -> String {
        let handle = unsafe try openHandle("zmq_getsockopt")
        var bytes = [UInt8](repeating: 0, count: 1024)
        var count = bytes.count
        let result = unsafe bytes.withUnsafeMutableBytes {
            unsafe zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, $0.baseAddress, &count)
        }
        try check(result, "zmq_getsockopt", "reading the endpoint of a \(kind.rawValue)")
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
