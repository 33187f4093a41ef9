internal import Glibc

/// Tells the service manager how the service is, in the protocol of sd_notify(3): one datagram for each message.
///
/// Without a socket (not started by a service manager) every call does nothing. Safe from every thread.
public struct ServiceNotifier: Hashable, Sendable {
    /// The path of the manager's socket; one that begins with `@` is in the abstract namespace.
    public let socketPath: String?

    /// `socketPath` is the value of NOTIFY_SOCKET; nil or empty when there is none.
    public init(socketPath: String?) {
        self.socketPath = socketPath.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The service does its work now.
    public func ready(status: String? = nil) throws {
        try send(["READY=1"] + (status.map { [Self.statusLine($0)] } ?? []))
    }

    /// The service has begun to stop.
    public func stopping(status: String? = nil) throws {
        try send(["STOPPING=1"] + (status.map { [Self.statusLine($0)] } ?? []))
    }

    /// The service reads its settings anew; `ready` follows when it has, or has kept the old ones.
    public func reloading(status: String? = nil) throws {
        // systemd orders what it hears by this time, which must be the monotonic clock's.
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
        try send(
            ["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"] + (status.map { [Self.statusLine($0)] } ?? []))
    }

    /// One line for people.
    public func status(_ text: String) throws {
        try send([Self.statusLine(text)])
    }

    /// The service is alive; due at least every half `watchdogInterval`.
    public func watchdog() throws {
        try send(["WATCHDOG=1"])
    }

    /// How often the manager wants to hear `watchdog`, from WATCHDOG_USEC and WATCHDOG_PID; nil when it does not, or
    /// not from us.
    public static func watchdogInterval(microseconds: String?, pid: String?) -> Duration? {
        guard let microseconds, let count = Int64(microseconds), count > 0 else { return nil }
        if let pid, Int32(pid) != getpid() { return nil }
        return .microseconds(count)
    }

    private static func statusLine(_ text: String) -> String {
        "STATUS=" + text.replacing("\n", with: " ")
    }

    private func send(_ lines: [String]) throws {
        guard let socketPath else { return }
        let (address, length) = try Self.address(of: socketPath)
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemFailure("socket", socketPath) }
        defer { close(socket) }
        let message = Array(lines.joined(separator: "\n").utf8)
        let sent = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        guard sent == message.count else { throw SystemFailure("sendto", socketPath) }
    }

    /// The address of unix(7): a path with its terminator, or for the abstract namespace exactly the bytes of the name.
    static func address(of path: String) throws -> (sockaddr_un, socklen_t) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemFailure("sendto", path, code: ENAMETOOLONG)
        }
        let isAbstract = bytes.first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        return (address, socklen_t(offset + bytes.count + (isAbstract ? 0 : 1)))
    }
}
