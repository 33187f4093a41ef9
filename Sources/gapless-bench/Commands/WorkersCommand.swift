import ArgumentParser

/// `gapless-bench workers`.
struct WorkersCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Several workers against one, above all in the scan.",
        discussion: """
            Each round builds the same index with one worker, then with --workers of them, both in fresh copies.

            Example:
              gapless-bench workers --records 5000000 --workers 2
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard data.workers > 1 else { throw ValidationError("--workers takes a number from 2 on here.") }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        var report = BenchReport("workers", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        let (one, all) = ("1 worker", "\(data.workers) workers")
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            for (name, workers) in [(one, 1), (all, data.workers)] {
                let figures = try source.build(fields, workers: workers)
                report.add(figures, as: name)
                report.addDetails(of: figures, as: name)
            }
        }
        for what in ["scan, with sort and runs", "ready after"] {
            report.addRatio("\(all), times as fast: \(what)", of: "\(one): \(what)", to: "\(all): \(what)", .higher)
        }
        return report
    }
}
