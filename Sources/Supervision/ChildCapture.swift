internal import Glibc

extension ChildProcess {
    /// What a program said and how it ended.
    public struct Captured: Hashable, Sendable {
        /// How it ended.
        public let exit: ChildExit
        /// Its standard output; empty if it was handed over as it came.
        public let output: [UInt8]
        /// Its standard error.
        public let errors: [UInt8]
    }

    /// Runs a program to its end and keeps what it says, or hands its standard output over as it comes.
    ///
    /// - Parameters:
    ///   - spec: what to run; its `output` is not looked at.
    ///   - onStart: told the process before anything is waited for, so that another thread can end it.
    ///   - onOutput: takes standard output in pieces; what it throws ends the program and is thrown here.
    /// Throws `SystemFailure` when it cannot be started or listened to.
    @available(*, noasync)
    public static func capture(
        _ spec: ChildSpec, onStart: (ChildProcess) -> Void = { _ in },
        onOutput: ((ArraySlice<UInt8>) throws -> Void)? = nil
    ) throws -> Captured {
        var spec = spec
        spec.output = .lines { _, _ in }
        let process = try ChildProcess(spec)
        onStart(process)
        var output: [UInt8] = []
        var errors: [UInt8] = []
        do {
            try process.listen { stream, piece in
                switch stream {
                case .error: errors += piece
                case .output:
                    if let onOutput { try onOutput(piece) } else { output += piece }
                }
            }
        } catch {
            try process.signal(SIGKILL, group: true)
            _ = try process.wait()
            throw error
        }
        guard let exit = try process.wait() else { fatalError("a wait without a limit ends with the process") }
        return Captured(exit: exit, output: output, errors: errors)
    }

    /// Hands over all that it says, until both streams have ended.
    private func listen(_ take: (ChildSpec.Stream, ArraySlice<UInt8>) throws -> Void) throws {
        var open = outputs
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while !open.isEmpty {
            var entries = open.map { pollfd(fd: $0.readingEnd, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, nfds_t(entries.count), -1) >= 0 || errno == EINTR else {
                throw SystemFailure("poll", "of a child's output")
            }
            var ended: Set<Int32> = []
            for pipe in open {
                let count = read(pipe.readingEnd, &chunk, chunk.count)
                if count > 0 {
                    try take(pipe.stream, chunk[..<count])
                } else if count == 0 {
                    ended.insert(pipe.readingEnd)
                } else if errno != EAGAIN, errno != EINTR {
                    throw SystemFailure("read", "of a child's output")
                }
            }
            open.removeAll { ended.contains($0.readingEnd) }
        }
    }
}
