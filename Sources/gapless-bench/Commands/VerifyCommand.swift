import ArgumentParser

/// `gapless-bench verify`.
struct VerifyCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "The full check of an index, against the time of its build.",
        discussion: """
            Each round builds the index in a fresh copy, then runs `gapless verify` on it.

            Example:
              gapless-bench verify --records 5000000
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        var report = BenchReport("verify", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            let figures = try source.build(fields)
            report.add(figures, as: "build")
            let waited = figures.phases?.checkSeconds ?? 0
            report.add("build: only reading back, of its time", 100 * waited / max(figures.seconds, 1e-6), "%", .lower)
            report.add("build: reading back, of all work of the workers", 100 * figures.times.checkShare, "%", .lower)
            let watch = Stopwatch()
            _ = try bench.program(on: bench.folder.path("db")).capture("verify", SourceTable.name)
            report.add("verify", watch.seconds, "s", .lower)
        }
        report.addRatio("verify to build", of: "verify", to: "build: ready after", .lower)
        return report
    }
}
