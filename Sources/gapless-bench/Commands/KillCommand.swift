import ArgumentParser

/// `gapless-bench kill`.
struct KillCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "A worker killed in the scan: the next lease of its range, the work done again.",
        discussion: """
            Each round kills one worker (SIGKILL) once the scan is under way, and starts another in its place, as a \
            supervisor does. How soon ends of processes are noticed is measured by `gapless-bench detection`.

            Example:
              gapless-bench kill --records 2000000 --rounds 5
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The field.", valueName: "field")) var fields: String?
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        let field = try data.fields(fields)[0]
        var report = BenchReport("kill", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            let whole = try source.build([field])
            report.add("declared to ready, without a kill", whole.seconds, "s", .lower)
            try KillRun(source: source, field: field).run(into: &report)
        }
        report.addRatio(
            "time with the kill to without", of: "declared to ready, with the kill",
            to: "declared to ready, without a kill", .lower)
        return report
    }
}
