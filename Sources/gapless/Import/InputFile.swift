import Glibc

/// A file, or standard input, read in blocks.
final class InputFile: Sendable {
    static let blockBytes = 1 << 20

    /// As the user wrote it; standard input in words.
    let name: String
    /// How long it is, when that is known.
    let size: UInt64?
    private let descriptor: Int32
    private let isOwned: Bool

    /// Opens a path, `-` for standard input; throws `NO_SUCH_FILE`, `NOT_PERMITTED`, `IO_ERROR`.
    init(path: String) throws {
        isOwned = path != "-"
        name = isOwned ? path : "standard input"
        descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else { throw CommandFailure.ofFile(path, "cannot be opened", number: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw CommandFailure.ofFile(path, "cannot be read", number: errno)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure.noSuchFile("\(path) is a folder: name a file in it", file: path)
        }
        size = status.st_mode & S_IFMT == S_IFREG ? UInt64(status.st_size) : nil
    }

    deinit { if isOwned { close(descriptor) } }

    /// Fills `block` with the next bytes; empty at the end.
    func read(into block: inout [UInt8]) throws {
        if block.count != Self.blockBytes { block = [UInt8](repeating: 0, count: Self.blockBytes) }
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count >= 0 {
                block.removeLast(block.count - count)
                return
            }
            guard errno == EINTR else { throw CommandFailure.ofFile(name, "cannot be read", number: errno) }
        }
    }
}
