internal import Glibc

/// A listening Unix socket that libzmq is given to accept on.
///
/// libzmq's own binding removes whatever file has the path, takes the address from a live listener without an error,
/// and makes the file with the process's umask. This one refuses a path that is in use, and the file has its mode from
/// its first instant: on Linux a socket file takes its mode from the socket. Two processes that bind one stale path in
/// the same instant are not kept apart here; the coordinator's lock does that.
struct UnixListener {
    /// The socket file's path.
    let path: String

    /// The listening socket; libzmq closes it once it has accepted it.
    let descriptor: Int32

    /// Which file at `path` is ours.
    private let device: dev_t
    private let inode: ino_t

    /// Binds and listens at `path`; a socket file that no process listens on is replaced.
    ///
    /// - Throws: `.addressInUse`, `.pathNotSocket`, `.permissionDenied`, `.addressNotAvailable`, `.tooManySockets`.
    init(path: String, mode: UInt32, backlog: Int, context: String) throws(ZeroMQError) {
        let descriptor = try Self.socketDescriptor(context)
        var isListening = false
        defer { if !isListening { Glibc.close(descriptor) } }
        guard fchmod(descriptor, mode_t(mode)) == 0 else { throw lastError("fchmod", context, number: errno) }
        try Self.bind(descriptor, path, context)
        guard listen(descriptor, Int32(clamping: backlog)) == 0 else {
            throw lastError("listen", context, number: errno)
        }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw lastError("lstat", context, number: errno) }
        isListening = true
        self.path = path
        self.descriptor = descriptor
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the socket file if it is still the one that was made here.
    func removeFile() {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        // A file that stays behind does no harm: the next listener sees that nobody answers there and replaces it.
        _ = unsafe unlink(path)
    }

    private static func socketDescriptor(_ context: String) throws(ZeroMQError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw lastError("socket", context, number: errno) }
        return descriptor
    }

    private static func bind(_ descriptor: Int32, _ path: String, _ context: String) throws(ZeroMQError) {
        if let failure = unsafe withAddress(of: path, { unsafe Glibc.bind(descriptor, $0, $1) }) {
            guard failure == EADDRINUSE else { throw lastError("bind", context, number: failure) }
            try removeStale(path, context)
            if let again = unsafe withAddress(of: path, { unsafe Glibc.bind(descriptor, $0, $1) }) {
                throw lastError("bind", context, number: again)
            }
        }
    }

    /// Removes a socket file on which nobody listens.
    private static func removeStale(_ path: String, _ context: String) throws(ZeroMQError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw lastError("lstat", context, number: errno) }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ZeroMQError(code: .pathNotSocket, call: "bind", context: context)
        }
        let probe = try socketDescriptor(context)
        defer { Glibc.close(probe) }
        let failure = unsafe withAddress(of: path) { unsafe Glibc.connect(probe, $0, $1) }
        // Connected, or the listener's queue is full: somebody is there. Only a refusal says that nobody is.
        guard failure == ECONNREFUSED else {
            let number = failure == EACCES ? EACCES : EADDRINUSE
            throw lastError("bind", context, number: number)
        }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw lastError("unlink", context, number: errno) }
    }

    /// Runs a socket call with the address of `path`; nil, or the error number when it answered -1.
    private static func withAddress(
        of path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == -1 ? errno : nil
    }
}
