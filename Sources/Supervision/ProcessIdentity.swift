internal import Glibc

/// Which process: a PID alone is reused, and is 1 in every container.
public struct ProcessIdentity: Hashable, Sendable, Codable {
    /// The name of the host (in a container: of the container).
    public let host: String
    /// Changes with each boot of the machine.
    public let bootID: String
    /// The PID, in the namespace of whoever asked.
    public let pid: Int32
    /// When it started, in clock ticks since boot.
    public let startTicks: UInt64

    /// An identity that was told by another process.
    public init(host: String, bootID: String, pid: Int32, startTicks: UInt64) {
        self.host = host
        self.bootID = bootID
        self.pid = pid
        self.startTicks = startTicks
    }

    /// This process.
    public static func current() throws -> ProcessIdentity {
        try ofUnwaitedChild(pid: getpid())
    }

    /// The process that now has this PID on this machine; nil when there is none or it has ended.
    public static func running(pid: Int32) throws -> ProcessIdentity? {
        guard let stat = try ProcessStat(pid: pid), stat.isRunning else { return nil }
        return try ProcessIdentity(host: hostName(), bootID: bootID(), pid: pid, startTicks: stat.startTicks)
    }

    /// A process that is surely there, be it as a zombie.
    static func ofUnwaitedChild(pid: Int32) throws -> ProcessIdentity {
        guard let stat = try ProcessStat(pid: pid) else {
            throw SystemFailure("open", "/proc/\(pid)/stat", code: ENOENT)
        }
        return try ProcessIdentity(host: hostName(), bootID: bootID(), pid: pid, startTicks: stat.startTicks)
    }

    /// Whether exactly this process still runs here; false also for a process of another host or an earlier boot.
    public func isRunning() throws -> Bool {
        try ProcessIdentity.running(pid: pid) == self
    }

    /// Where PIDs and start times mean the same as here: the kernel's names of this process's PID and time namespaces.
    ///
    /// The number in a name is given again only after its namespace has ended, with all its processes. Nil where the
    /// kernel does not say.
    public static func pidNamespace() throws -> String? {
        let names = try ["pid", "time"].map { try linkTarget("/proc/self/ns/\($0)") }
        return names.contains(nil) ? nil : names.compactMap(\.self).joined(separator: " ")
    }

    private static func linkTarget(_ path: String) throws -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &bytes, bytes.count)
        if count < 0, errno == ENOENT { return nil }
        guard count > 0 else { throw SystemFailure("readlink", path) }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the process with this PID is there and stopped by a signal (SIGSTOP, ctrl-z); nil if there is none.
    public static func isStopped(pid: Int32) throws -> Bool? {
        guard let stat = try ProcessStat(pid: pid), stat.isRunning else { return nil }
        return stat.isStopped
    }

    /// When this machine was started, as a random number.
    public static func bootID() throws -> String {
        try readSmallFile("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The name of this host.
    public static func hostName() throws -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { throw SystemFailure("gethostname", "of this host") }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension ProcessIdentity: LosslessStringConvertible {
    /// `host boot-id pid start-ticks`: one word each.
    public var description: String { "\(host) \(bootID) \(pid) \(startTicks)" }

    /// Reads what `description` wrote; nil for anything else.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, let pid = Int32(words[2]), pid > 0, let ticks = UInt64(words[3]) else { return nil }
        self.init(host: String(words[0]), bootID: String(words[1]), pid: pid, startTicks: ticks)
    }
}

/// What `/proc/PID/stat` says (proc(5)).
struct ProcessStat {
    let isRunning: Bool
    let isStopped: Bool
    let startTicks: UInt64

    /// Nil when there is no such process.
    init?(pid: Int32) throws {
        guard let text = try readSmallFile("/proc/\(pid)/stat") else { return nil }
        guard let stat = ProcessStat(text: text) else {
            throw SystemFailure("read", "/proc/\(pid)/stat", code: EBADMSG)
        }
        self = stat
    }

    /// The name of the program, in parentheses, may hold anything: what counts comes after the last one.
    init?(text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // Field 3 of the manual page is the first here: the state. Field 22 is the start time.
        guard fields.count > 19, let ticks = UInt64(fields[19]) else { return nil }
        isRunning = !["Z", "X", "x"].contains(fields[0])
        isStopped = ["T", "t"].contains(fields[0])
        startTicks = ticks
    }
}

/// A file of a few hundred bytes as text; nil when it does not exist (any more).
func readSmallFile(_ path: String) throws -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
        if errno == ENOENT { return nil }
        throw SystemFailure("open", path)
    }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &bytes, bytes.count)
    // A process that ends between open and read.
    if count < 0, errno == ESRCH { return nil }
    guard count >= 0 else { throw SystemFailure("read", path) }
    return String(decoding: bytes[..<count], as: UTF8.self)
}
