internal import Glibc

/// A lock on a file that dies with its holder, however the holder ends.
public final class FileLock: Sendable {
    private let descriptor: Int32
    /// The file.
    public let path: String

    // fcntl.h: locks of an open file, which closing another descriptor of the same file does not drop.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    /// Takes the lock, or returns nil if somebody else holds it. The file is made, for its owner only, if need be.
    ///
    /// Throws ``SystemError`` when the file cannot be opened or locked for another reason.
    public static func take(_ path: String) throws -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(call: "open", context: path, code: errno) }
        var whole = wholeFile()
        guard fcntl(descriptor, setLock, &whole) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            if code == EAGAIN || code == EACCES { return nil }
            throw SystemError(call: "fcntl", context: path, code: code)
        }
        return FileLock(descriptor: descriptor, path: path)
    }

    /// Whether somebody holds the lock now; asking disturbs nobody. A missing file is held by nobody.
    public static func isHeld(_ path: String) throws -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw SystemError(call: "open", context: path, code: errno)
        }
        defer { Glibc.close(descriptor) }
        var whole = wholeFile()
        guard fcntl(descriptor, getLock, &whole) == 0 else {
            throw SystemError(call: "fcntl", context: path, code: errno)
        }
        return whole.l_type != Int16(F_UNLCK)
    }

    private static func wholeFile() -> flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }
}
