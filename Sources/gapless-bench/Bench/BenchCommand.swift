import ArgumentParser
import Glibc

/// A command that answers one question by measuring, with a report as all have it.
protocol BenchCommand: ParsableCommand {
    var report: ReportOptions { get }
    func measure(in bench: Bench) throws -> BenchReport
}

extension BenchCommand {
    func run() throws {
        let output = try ReportOutput()
        let baseline = try report.readBaseline()
        do {
            let figures = try Bench.run { try measure(in: $0) }
            try report.write(figures, baseline: baseline, to: output)
        } catch let missing as PeerMissing {
            ReportOutput.say("\(missing)")
            throw ExitCode(PeerMissing.exitCode)
        }
    }
}

/// A program to compare with that is not installed.
struct PeerMissing: Error, CustomStringConvertible {
    /// As EX_UNAVAILABLE of sysexits.h.
    static let exitCode: Int32 = 69

    let peer: String
    let program: String
    let package: String

    var description: String {
        "\(peer) cannot be measured: there is no program \(program); install the Debian package \(package)"
    }
}
