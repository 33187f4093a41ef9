internal import Glibc
internal import Synchronization

/// The pipe behind one stream of a child, cut into lines as they come.
final class ChildPipe: Sendable {
    /// A longer line is handed over in pieces: a child must not fill the parent's memory.
    static let lineBytesMax = 1 << 16

    let stream: ChildSpec.Stream
    let readingEnd: Int32
    let writingEnd: Int32
    private let state = Mutex(State())

    private struct State {
        var line: [UInt8] = []
        var isWritingEndOpen = true
    }

    init(_ stream: ChildSpec.Stream) throws {
        let ends = try GlibcGaps.openPipe(0, for: "output of a child")
        // Only our end must not block: the child expects a plain pipe.
        guard fcntl(ends.readingEnd, F_SETFL, O_NONBLOCK) == 0 else { throw SystemFailure("fcntl", "for a child") }
        self.stream = stream
        readingEnd = ends.readingEnd
        writingEnd = ends.writingEnd
    }

    deinit {
        close(readingEnd)
        if state.withLock({ $0.isWritingEndOpen }) { close(writingEnd) }
    }

    func closeWritingEnd() {
        state.withLock { state in
            guard state.isWritingEndOpen else { return }
            state.isWritingEndOpen = false
            close(writingEnd)
        }
    }

    /// Hands over every line that is there; false at the end of the stream, when the rest without a newline is a line
    /// too.
    func readLines(_ handler: (_ line: String) -> Void) throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(readingEnd, &chunk, chunk.count)
            if count > 0 {
                take(chunk[..<count], handler)
            } else if count == 0 {
                flush(handler)
                return false
            } else if errno == EAGAIN {
                return true
            } else if errno != EINTR {
                throw SystemFailure("read", "of a child's output")
            }
        }
    }

    /// Hands over what came after the last newline.
    func flush(_ handler: (_ line: String) -> Void) {
        let rest = state.withLock { state in
            defer { state.line = [] }
            return state.line
        }
        if !rest.isEmpty { handler(String(decoding: rest, as: UTF8.self)) }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ handler: (_ line: String) -> Void) {
        let lines = state.withLock { state in
            var lines: [[UInt8]] = []
            for byte in bytes {
                if byte == UInt8(ascii: "\n") || state.line.count == Self.lineBytesMax {
                    lines.append(state.line)
                    state.line = []
                }
                if byte != UInt8(ascii: "\n") { state.line.append(byte) }
            }
            return lines
        }
        for line in lines { handler(String(decoding: line, as: UTF8.self)) }
    }
}
