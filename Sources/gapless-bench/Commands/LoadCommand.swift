import ArgumentParser

/// `gapless-bench load`.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Merge generated runs and append them in this process, for a profiler.",
        discussion: """
            Example:
              perf record gapless-bench load --entries 5000000 --runs 40
            """)

    @Option(help: ArgumentHelp("How many entries.", valueName: "n")) var entries: UInt64 = 1_000_000
    @Option(help: ArgumentHelp("In how many runs.", valueName: "n")) var runs: UInt64 = 8
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs takes a number from 1 on.") }
    }

    func run() throws {
        try StageRun.measure(report, in: "load") { directory in
            try RunLoad(entries: entries, runs: runs, seed: seed, directory: directory).run()
        }
    }
}
