import ArgumentParser
import Values

/// `gapless-bench phases`.
struct PhasesCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "phases", abstract: "Where the time of a build goes: phases from outside, parts by the workers.",
        discussion: """
            Phases follow one another: opened, scan, load, check, drain and publish. Parts are what workers say of \
            their work; those of workers and threads side by side add up. With --writer an application writes \
            meanwhile, so that there is something to drain and somebody to give way to.

            Examples:
              gapless-bench phases --records 5000000
              gapless-bench phases --records 5000000 --fields email,city,created_at --writer
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @Flag(help: "An application writes meanwhile.") var writer = false
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !writer || data.data == .people else {
            throw ValidationError("the application of --writer rewrites records of people only.")
        }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        let names = fields.map(\.text).joined(separator: " ")
        var report = BenchReport(
            "phases",
            settings: data.settings.merging(["fields": names, "writer": writer ? "yes" : "no"]) { first, _ in first })
        let source = try SourceTable(data, in: bench)
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            let figures = try source.build(fields, hasWriter: writer)
            report.add(figures, as: "build")
            report.addDetails(of: figures, as: "build")
            report.add(figures.times, of: figures)
            if writer { report.addWaits(of: figures) }
        }
        return report
    }
}
