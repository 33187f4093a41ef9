import ArgumentParser

/// `gapless-bench detection`.
struct DetectionCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "detection", abstract: "How soon a dead worker, a silent one, and a dead coordinator are noticed.",
        discussion: """
            Each round kills a worker, stops another (SIGSTOP), and kills the coordinator beside a standby; all are real
            processes, over ipc sockets. Printed are the median and the longest delay, beside what is promised. A round
            takes about four seconds.

            Example:
              gapless-bench detection --rounds 20 --json detection.json
            """)

    @Option(help: ArgumentHelp("How many rounds.", valueName: "n")) var rounds = 10
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 10000.") }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        try DetectionRun(rounds: rounds, program: bench.program(on: bench.folder.path("db"))).run()
    }
}
