import Glibc

/// The file that takes the bad lines of an import, made when it begins.
final class BadLinesFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes it, or empties one that exists; refuses to be the file that is read.
    init(path: String, inputPath: String) throws {
        self.path = path
        let created = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard created >= 0 else { throw CommandFailure.ofFile(path, "cannot be made", number: errno) }
        descriptor = created
        var (own, other) = (stat(), stat())
        if fstat(created, &own) == 0, stat(inputPath, &other) == 0, own.st_dev == other.st_dev,
            own.st_ino == other.st_ino
        {
            throw CommandFailure.usage("--skip-bad \(path) is the file that is imported: name another one")
        }
        guard ftruncate(created, 0) == 0 || errno == EINVAL else {
            throw CommandFailure.ofFile(path, "cannot be emptied", number: errno)
        }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if count >= 0 {
                start += count
            } else if errno != EINTR {
                throw CommandFailure.ofFile(path, "cannot be written", number: errno)
            }
        }
    }
}
