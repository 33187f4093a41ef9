import ArgumentParser

/// `gapless-bench growth`.
struct GrowthCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth", abstract: "A table several times as large, against the table: the time of each entry.",
        discussion: """
            Imports --records records and --times as many, and each round builds the same index in copies of both. \
            --db keeps the smaller table only.

            Example:
              gapless-bench growth --records 5000000 --times 4
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("How many times as large the second table is.", valueName: "n")) var times: UInt64 = 4
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard (2...1_000).contains(times) else { throw ValidationError("--times takes a number from 2 to 1000.") }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        var report = BenchReport(
            "growth", settings: data.settings.merging(["times": "\(times)"]) { first, _ in first })
        var larger = data
        larger.records = data.records * times
        larger.db = nil
        let small = try SourceTable(data, in: bench, folder: "small")
        let large = try SourceTable(larger, in: bench, folder: "large")
        let names = (
            small: Figure.grouped(data.records) + " records", large: Figure.grouped(larger.records) + " records"
        )
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            for (name, source) in [(names.small, small), (names.large, large)] {
                let figures = try source.build(fields)
                report.add(figures, as: name)
                report.addDetails(of: figures, as: name)
            }
        }
        report.addRatio(
            "entries a second of the larger to those of the smaller", of: "\(names.large): entries a second",
            to: "\(names.small): entries a second", .higher)
        report.addRatio(
            "time of the larger to that of the smaller", of: "\(names.large): ready after",
            to: "\(names.small): ready after", .lower)
        return report
    }
}
