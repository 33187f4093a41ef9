import ArgumentParser

/// `gapless-bench writer`.
struct WriterCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "writer",
        abstract: "An application that writes: its waits without and with a build, and the build's speed.",
        discussion: """
            The application does one small durable put a transaction, 500 a second, into the table that is indexed. \
            Each round builds without it, then measures it for three seconds alone and while the index is built again.

            Example:
              gapless-bench writer --records 5000000
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard data.data == .people else { throw ValidationError("the application rewrites records of people only.") }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        var report = BenchReport("writer", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        let (quiet, busy) = ("build without it", "build beside it")
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            let alone = try source.build(fields)
            report.add(alone, as: quiet)
            let beside = try source.build(fields, hasWriter: true)
            report.addWaits(of: beside)
            report.add(beside, as: busy)
            report.addDetails(of: beside, as: busy)
        }
        for what in ["wait for the lock", "whole put"] {
            for rank in ["p50", "p99"] {
                let name = "application's writer, \(what)"
                report.addRatio(
                    "\(name) during the build to alone: \(rank)", of: "\(name) during the build: \(rank)",
                    to: "\(name) alone: \(rank)", .lower)
                report.addDifference(
                    "\(name) during the build above alone: \(rank)", of: "\(name) during the build: \(rank)",
                    from: "\(name) alone: \(rank)", .lower)
            }
        }
        report.addRatio(
            "the build's speed beside it to that without it", of: "\(busy): entries a second",
            to: "\(quiet): entries a second", .higher)
        return report
    }
}
