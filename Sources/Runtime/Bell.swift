internal import Glibc

/// A file descriptor that becomes readable when somebody rings: how other threads wake a thread that polls.
public final class Bell: Sendable {
    /// The descriptor to poll; readable while rung.
    public let descriptor: Int32

    /// A bell that has not been rung. Throws ``SystemError`` when the process has no descriptor left.
    public init() throws {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError(call: "eventfd", context: "a bell between threads") }
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable. Any thread.
    public func ring() {
        var one: UInt64 = 1
        // The counter cannot overflow before it is read, and an interrupted write is the only other failure.
        while write(descriptor, &one, 8) < 0 && errno == EINTR {}
    }

    /// Makes the descriptor unreadable again.
    public func silence() {
        var count: UInt64 = 0
        while read(descriptor, &count, 8) < 0 && errno == EINTR {}
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

    /// The failure of the call that has just set `errno`, or of one that returned `code`.
    public init(call: String, context: String, code: Int32 = errno) {
        self.call = call
        self.context = context
        self.code = code
    }

    /// One line for people.
    public var description: String {
        "\(context): \(call): \(strerror(code).map { String(cString: $0) } ?? "error \(code)")"
    }
}
