internal import Glibc

/// A file descriptor that becomes readable when somebody rings: how other threads wake a thread that polls.
public final class Bell: Sendable {
    /// The descriptor to poll; readable while rung.
    public let descriptor: Int32
    private let ringing: Int32

    /// A bell that has not been rung. Throws ``SystemError`` when the process has no descriptor left.
    public init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError(call: "pipe", context: "a bell between threads", code: errno) }
        descriptor = ends[0]
        ringing = ends[1]
        for end in ends {
            guard fcntl(end, F_SETFL, O_NONBLOCK) == 0, fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else {
                let code = errno
                for end in ends { close(end) }
                throw SystemError(call: "fcntl", context: "a bell between threads", code: code)
            }
        }
    }

    deinit {
        close(descriptor)
        close(ringing)
    }

    /// Makes the descriptor readable. Any thread.
    public func ring() {
        var byte: UInt8 = 1
        // A full pipe is a bell that rings already; an interrupted write is tried again.
        while write(ringing, &byte, 1) < 0 && errno == EINTR {}
    }

    /// Makes the descriptor unreadable again.
    public func silence() {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while true {
            let count = read(descriptor, &bytes, 32)
            if count < 0 && errno == EINTR { continue }
            if count < 32 { return }
        }
    }

    /// Waits until it rings or the time is over; true if it rang.
    @available(*, noasync)
    public func wait(milliseconds: Int) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(clamping: milliseconds)) > 0
    }
}

/// A system call that failed: which one, doing what, why.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call.
    public let call: String
    /// What it was for.
    public let context: String
    /// `errno`.
    public let code: Int32

    /// The failure of a call that has just set `errno` to `code`, or has returned it.
    public init(call: String, context: String, code: Int32) {
        self.call = call
        self.context = context
        self.code = code
    }

    /// One line for people.
    public var description: String {
        "\(context): \(call): \(strerror(code).map { String(cString: $0) } ?? "error \(code)")"
    }
}
