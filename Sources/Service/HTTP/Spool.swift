internal import Glibc
internal import Tables

/// Bytes that wait for a slow client, in a file without a name: it goes with its descriptor, whatever happens.
final class Spool {
    /// More than this for one client is not kept: 1 GiB.
    static let bytesMax = 1 << 30

    private let descriptor: Int32
    private let folder: String
    private(set) var count = 0

    /// A spool on the file system of `folder`. Throws what the system refuses (`NO_SPACE`, `NOT_PERMITTED`, ...).
    init(in folder: String) throws {
        self.folder = folder
        var template = Array("\(folder)/answer-XXXXXX".utf8CString)
        // For its owner only (0600); other programs that this one starts do not inherit it.
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Spool.failure("make", folder, errno) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Appends bytes. Throws `NO_SPACE` beyond the limit too.
    func append(_ bytes: [UInt8]) throws {
        guard count + bytes.count <= Spool.bytesMax else {
            throw GaplessError(
                .noSpace, "the answer has more than \(Spool.bytesMax) bytes that its reader has not taken: set a limit")
        }
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start, off_t(count))
            }
            if written > 0 {
                start += written
                count += written
            } else if errno != EINTR {
                throw Spool.failure("write", folder, errno)
            }
        }
    }

    /// The bytes from `offset` on, at most `most`; empty at the end.
    func bytes(at offset: Int, most: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(most, count - offset))
        while !bytes.isEmpty {
            let read = pread(descriptor, &bytes, bytes.count, off_t(offset))
            if read > 0 {
                bytes.removeLast(bytes.count - read)
                return bytes
            }
            guard read < 0, errno == EINTR else { throw Spool.failure("read", folder, read == 0 ? EIO : errno) }
        }
        return bytes
    }

    private static func failure(_ call: String, _ folder: String, _ number: Int32) -> GaplessError {
        let code: ErrorCode = number == ENOSPC || number == EDQUOT || number == EFBIG ? .noSpace : .inputOutput
        return GaplessError(code, "cannot \(call) a file for an answer in \(folder): error \(number)")
    }
}
