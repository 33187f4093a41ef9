import Glibc
import Supervision
import Synchronization
import Tables

/// Standard output is closed: whoever read it has enough, which is no failure.
struct ClosedOutput: Error {}

/// Results, buffered; an error of the system shows at the write or the flush that meets it.
final class StandardOutput: Sendable {
    static let shared = StandardOutput(descriptor: STDOUT_FILENO)

    /// So many bytes are collected before they are written.
    static let bufferBytesMax = 1 << 16

    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var buffer: [UInt8] = []
        var failure: (any Error)?
    }

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Takes text; a failure is kept for the next `write(_:)` of bytes or `flush`.
    func write(_ text: String) {
        state.withLock { state in
            state.buffer.append(contentsOf: text.utf8)
            do { try writeOut(&state, above: Self.bufferBytesMax) } catch { state.failure = error }
        }
    }

    /// Takes bytes; throws `ClosedOutput`, or `GaplessError` when they cannot be written.
    func write(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            state.buffer.append(contentsOf: bytes)
            try writeOut(&state, above: Self.bufferBytesMax)
        }
    }

    /// Writes what is left.
    func flush() throws {
        try state.withLock { try writeOut(&$0, above: 0) }
    }

    private func writeOut(_ state: inout State, above limit: Int) throws {
        if let failure = state.failure { throw failure }
        guard state.buffer.count > limit else { return }
        // Whatever becomes of it, no byte is written twice.
        let bytes = state.buffer
        state.buffer.removeAll(keepingCapacity: true)
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if count > 0 {
                start += count
            } else if errno == EPIPE {
                throw ClosedOutput()
            } else if errno == EAGAIN {
                waitUntilWritable()
            } else if errno != EINTR {
                throw GaplessError.ofSystem("cannot write to standard output", number: errno)
            }
        }
    }

    private func waitUntilWritable() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, -1)
    }
}

/// Messages for people and lines of the log; what cannot be written there cannot be told anywhere.
enum StandardError {
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(STDERR_FILENO, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard count > 0 || errno == EINTR else { return }
            start += max(count, 0)
        }
    }
}
