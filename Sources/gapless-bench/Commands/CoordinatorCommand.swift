import ArgumentParser

/// `gapless-bench coordinator`.
struct CoordinatorCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "The coordinator's decisions a second, with very many workers and ranges.",
        discussion: """
            Only the core, a value in this process: it takes office with all ranges in its ledger, workers join, and \
            each range is handed out and its result taken. No socket, no disk.

            Example:
              gapless-bench coordinator --workers 10000 --ranges 1000000
            """)

    @Option(help: ArgumentHelp("How many workers.", valueName: "n")) var workers = 10_000
    @Option(help: ArgumentHelp("How many ranges.", valueName: "n")) var ranges = 1_000_000
    @Option(help: ArgumentHelp("Messages in one batch; the shell takes up to 1,000.", valueName: "n")) var batch = 1_000
    @Option(help: ArgumentHelp("End after so many seconds, done or not.", valueName: "n")) var seconds = 60.0
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard workers > 0, ranges > 0, batch > 0 else {
            throw ValidationError("--workers, --ranges and --batch take numbers from 1 on.")
        }
    }

    func measure(in bench: Bench) -> BenchReport {
        CoreRun(workers: workers, ranges: ranges, batch: batch, secondsMax: seconds).run()
    }
}
