import ArgumentParser

/// `gapless-bench goals`.
struct GoalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "goals", abstract: "Every question of the goals, one after the other, as one table in Markdown.",
        discussion: """
            Runs the other commands, each in a process of its own, on one imported table that is kept for all, and \
            prints what | goal | measured | command. A figure is the median of the rounds, with the least and the most \
            in parentheses. Goals that are missed fail nothing; what could not be measured ends this with 1, after the \
            table. With 5,000,000 records it takes more than an hour, and 40 GB of disk for a while (growth).

            Examples:
              gapless-bench goals --json goals.json > goals.md
              gapless-bench goals --records 200000 --rounds 1 --only build,eta
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 5_000_000
    @Option(help: ArgumentHelp("How often each is measured; medians are shown.", valueName: "n")) var rounds = 3
    @Option(
        help: ArgumentHelp(
            "Keep the imported records here, or take them from here: only copies are worked on.", valueName: "dir"))
    var db: String?
    @Option(help: ArgumentHelp("Only these commands, between commas; default: all.", valueName: "list"))
    var only: String?
    @Option(
        help: ArgumentHelp("Write the figures as JSON too; - is standard output, without the table.", valueName: "file")
    )
    var json: String?

    func validate() throws {
        guard records > 0 else { throw ValidationError("--records takes a number from 1 on.") }
        guard (1...1_000).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 1000.") }
        _ = try questions()
    }

    /// Those that are asked for, in their order.
    func questions() throws -> [GoalQuestion] {
        let all = GoalQuestion.all(records: records)
        guard let only else { return all }
        let names = Set(only.split(separator: ",").map(String.init))
        if let unknown = names.subtracting(all.map(\.name)).min() {
            throw ValidationError(
                "--only does not know '\(unknown)': it takes \(all.map(\.name).joined(separator: ", ")).")
        }
        return all.filter { names.contains($0.name) }
    }

    func run() throws {
        let output = try ReportOutput()
        let goals = try Bench.run {
            try GoalsRun(bench: $0, records: records, rounds: rounds, db: db).run(try questions())
        }
        try ReportOptions.parse(json.map { ["--json", $0] } ?? []).write(goals, text: goals.text, to: output)
        if goals.rows.contains(where: { $0.measured == nil }) { throw ExitCode(1) }
    }
}
