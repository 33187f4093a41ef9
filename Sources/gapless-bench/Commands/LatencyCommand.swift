import ArgumentParser

/// `gapless-bench latency`.
struct LatencyCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "A small table's index, from the declaration to ready, with all processes up.",
        discussion: """
            Each round declares an index, looks until it is ready, and drops it again.

            Example:
              gapless-bench latency --records 1000 --rounds 50
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 1_000
    @Option(help: ArgumentHelp("How many workers.", valueName: "n")) var workers = 2
    @Option(help: ArgumentHelp("How often.", valueName: "n")) var rounds = 20
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        var options = try DataOptions.parse([])
        (options.records, options.workers, options.rounds) = (records, workers, rounds)
        try options.validate()
        let source = try SourceTable(options, in: bench)
        return try LatencyRun(source: source, field: options.fields(nil)[0], rounds: rounds).run()
    }
}
