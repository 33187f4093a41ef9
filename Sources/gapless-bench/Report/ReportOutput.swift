import FoundationEssentials
import Glibc

/// Where the report goes: what was standard output when this was made. Whatever children print goes to standard error.
struct ReportOutput {
    private let descriptor: Int32

    init() throws {
        descriptor = dup(STDOUT_FILENO)
        guard descriptor >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else {
            throw SystemCallFailure("dup", "standard output")
        }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw SystemCallFailure("fcntl", "standard output") }
    }

    func write(_ text: String) throws { try Self.write(Array(text.utf8), to: descriptor, "standard output") }

    /// One line of JSON.
    static func json(_ result: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(result)) + [0x0a]
    }

    static func write(_ bytes: [UInt8], toFile path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemCallFailure("open", path) }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ what: String) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw SystemCallFailure("write", what) }
            done += max(count, 0)
        }
    }

    /// A line on what happens now, for whoever waits.
    static func say(_ line: String) {
        let bytes = Array("-- \(line)\n".utf8)
        // A line that cannot be shown is no reason not to measure.
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
