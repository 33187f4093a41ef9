import Glibc
import Supervision
import Tables

/// The processes of a cluster as children of this one.
struct Children {
    let directory: String
    let endpoint: String
    let logLevel: String
    let logFormat: String
    let graceSeconds: Double

    /// A coordinator; one on standby gives way to another that was a moment earlier, and takes over when that one ends.
    func coordinator(isStandby: Bool = false) throws -> ChildSpec {
        var spec = try spec("coordinator", ["coordinator", "--listen", endpoint] + (isStandby ? ["--standby"] : []))
        spec.endsLast = true
        return spec
    }

    func worker(_ number: Int) throws -> ChildSpec {
        try spec("worker \(number)", ["worker", "--coordinator", endpoint, "--grace", "\(graceSeconds)s"])
    }

    private func spec(_ name: String, _ arguments: [String]) throws -> ChildSpec {
        ChildSpec(
            name: name, executable: try Children.program(),
            arguments: arguments + ["--db", directory, "--log-level", logLevel, "--log-format", logFormat],
            grace: .seconds(graceSeconds + 2))
    }

    /// The file of this very program, wherever it was started from.
    private static func program() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw GaplessError.ofSystem("this program's file cannot be found", number: errno) }
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
