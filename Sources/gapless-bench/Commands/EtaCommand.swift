import ArgumentParser
import Values

/// `gapless-bench eta`.
struct EtaCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "eta", abstract: "What a build says of its end while it runs, against its real end.",
        discussion: """
            Each round builds in a fresh copy and looks at the status ten times a second, from the declaration to \
            ready. A prediction is the moment of the look and the seconds to go; errors are in percent of the whole \
            duration. Seconds to go are whole ones: builds of a few seconds are predicted badly for that alone, and \
            with --pace a small table gives a long steady build.

            Examples:
              gapless-bench eta --records 5000000
              gapless-bench eta --records 300000 --pace 20000
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @Option(
        help: ArgumentHelp(
            "Hold the build to so many records a second, with `gapless throttle`; default: as fast as it goes.",
            valueName: "n"))
    var pace: UInt64?
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard pace ?? 1 > 0 else { throw ValidationError("--pace takes a number from 1 on.") }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        let names = fields.map(\.text).joined(separator: " ")
        let pacing = pace.map { Figure.grouped($0) } ?? "none"
        var report = BenchReport(
            "eta", settings: data.settings.merging(["fields": names, "pace": pacing]) { first, _ in first })
        let source = try SourceTable(data, in: bench)
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            report.add(try EtaRun(source: source, fields: fields, pace: pace).run())
        }
        return report
    }
}
