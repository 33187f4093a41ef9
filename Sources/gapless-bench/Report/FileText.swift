import Glibc

/// Reads files whole.
enum FileText {
    /// Throws `SystemCallFailure`.
    static func bytes(of path: String, piece pieceBytes: Int = 1 << 16) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallFailure("open", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw SystemCallFailure("read", path) }
            guard count > 0 else { return bytes }
            bytes += piece[..<count]
        }
    }

    /// The text of a file of /proc; nil if its process is gone.
    static func ofProcess(_ pid: Int32, _ name: String) -> String? {
        // The process may end at any moment, and then there is nothing to be told of it.
        (try? bytes(of: "/proc/\(pid)/\(name)", piece: 4_096)).map { String(decoding: $0, as: UTF8.self) }
    }
}
