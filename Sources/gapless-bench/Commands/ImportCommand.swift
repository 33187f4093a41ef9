import ArgumentParser
import Values

/// `gapless-bench import`.
struct ImportCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "How long the import of NDJSON takes.",
        discussion: """
            Each round imports the same file into an empty database, with `gapless import`.

            Example:
              gapless-bench import --records 5000000
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 1_000_000
    @Option(help: "Which data set.") var data = DataSet.people
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1
    @Option(help: ArgumentHelp("How often; medians are shown.", valueName: "n")) var rounds = 3
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        var options = try DataOptions.parse([])
        (options.records, options.data, options.seed, options.rounds) = (records, data, seed, rounds)
        try options.validate()
        var report = BenchReport("import", settings: options.settings)
        for round in 1...rounds {
            ReportOutput.say("round \(round) of \(rounds)")
            let source = try SourceTable(options, in: bench, folder: "round")
            guard let seconds = source.importSeconds else { throw BenchFailure("nothing was imported: a defect") }
            let mebibytes = Double(source.inputBytes) / 1_048_576
            report.add("import", seconds, "s", .lower)
            report.add("records a second", Double(records) / max(seconds, 1e-6), "1/s", .higher, floor: 200_000)
            report.add("input a second", mebibytes / max(seconds, 1e-6), "MiB", .higher)
            report.add(
                "database", Double(try SourceTable.bytes(of: source.directory + "/data.mdb")) / 1_048_576, "MiB", .lower
            )
            try bench.folder.remove("round")
        }
        return report
    }
}
