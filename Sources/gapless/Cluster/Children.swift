import Glibc
import Supervision
import Tables

/// The processes of a cluster as children of this one.
struct Children {
    let directory: String
    let endpoint: String
    /// Flags that children are given, beyond what they inherit as variables.
    let flags: [String]
    /// The flag --grace; without it a worker finds the setting where this process does.
    let grace: TimeSpan?

    /// Whoever stops all children bounds that as a whole, by a grace period that can change meanwhile; no child has a
    /// bound of its own.
    private static let endless = Duration.seconds(7 * 24 * 3_600)

    /// A coordinator; one on standby gives way to another that was a moment earlier, and takes over when that one ends.
    func coordinator(isStandby: Bool = false) throws -> ChildSpec {
        var spec = try spec("coordinator", ["coordinator", "--listen", endpoint] + (isStandby ? ["--standby"] : []))
        spec.endsLast = true
        return spec
    }

    func worker(_ number: Int) throws -> ChildSpec {
        let grace = grace.map { ["--grace", "\($0.milliseconds)ms"] } ?? []
        return try spec("worker \(number)", ["worker", "--coordinator", endpoint] + grace)
    }

    private func spec(_ name: String, _ arguments: [String]) throws -> ChildSpec {
        ChildSpec(
            name: name, executable: try Children.program(),
            arguments: arguments + ["--db", directory] + flags,
            // The service manager hears of the service from its main process alone.
            environment: ["NOTIFY_SOCKET": "", "WATCHDOG_USEC": "", "WATCHDOG_PID": ""],
            grace: Children.endless)
    }

    /// The file of this very program, wherever it was started from.
    private static func program() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw GaplessError.ofSystem("this program's file cannot be found", number: errno) }
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
