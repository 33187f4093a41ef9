import ArgumentParser

/// `gapless-bench indexes`.
struct IndexesCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "indexes", abstract: "Several indexes in one scan, against one of them.",
        discussion: """
            Each round builds the first field's index, then the indexes of all fields as one job, both in fresh copies.

            Example:
              gapless-bench indexes --records 5000000 --fields email,city,created_at
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields.", valueName: "list")) var fields = "email,city,created_at"
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        var report = BenchReport("indexes", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        let (one, all) = ("one index", "\(fields.count) indexes in one scan")
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            for (name, some) in [(one, [fields[0]]), (all, fields)] {
                let figures = try source.build(some)
                report.add(figures, as: name)
                report.addDetails(of: figures, as: name)
            }
        }
        report.addRatio("\(all) to \(one): ready after", of: "\(all): ready after", to: "\(one): ready after", .lower)
        report.addRatio(
            "\(all) to \(one): scan", of: "\(all): scan, with sort and runs", to: "\(one): scan, with sort and runs",
            .lower)
        return report
    }
}
