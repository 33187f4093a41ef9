import FoundationEssentials
import Supervision

/// Asks every question of the table of goals, one after the other, each in a process of its own as from the command
/// line.
struct GoalsRun {
    let bench: Bench
    let records: UInt64
    let rounds: Int
    /// Where the imported table is kept for all; nil: in the bench's folder, as long as this runs.
    let db: String?

    @available(*, noasync)
    func run(_ questions: [GoalQuestion]) throws -> GoalsReport {
        var report = GoalsReport(
            settings: [
                "records": Figure.grouped(records), "rounds": "\(rounds)", "cores": "\(Machine.cores)",
            ], loadAverage: Machine.loadAverage())
        for (place, question) in questions.enumerated() {
            let shown = line(of: question, db: db)
            ReportOutput.say("\(place + 1) of \(questions.count): gapless-bench \(shown.joined(separator: " "))")
            let rows = try rows(of: question, command: shown.joined(separator: " "))
            // Said at once: what comes after may take long, or fail.
            for row in rows { ReportOutput.say("\(row.what): \(row.measuredText); \(row.goal)") }
            report.rows += rows
        }
        return report
    }

    private func line(of question: GoalQuestion, db: String?) -> [String] {
        question.commandLine(records: records, rounds: rounds, db: db)
    }

    /// A question that cannot be measured leaves its rows without figures: the others go on.
    private func rows(of question: GoalQuestion, command: String) throws -> [GoalRow] {
        let file = bench.folder.path("report.json")
        try bench.folder.remove("report.json")
        let arguments = line(of: question, db: db ?? bench.folder.path("table")) + ["--json", file]
        let children = bench.makeChildren(asking: true)
        let child = try children.start(try bench.ownProgram(), arguments, named: question.name)
        guard let exit = try children.end(of: child) else {
            throw BenchFailure("\(question.name) has no end: a defect")
        }
        bench.leaveToSignal()
        guard exit == .code(0) else {
            let why = exit == .code(PeerMissing.exitCode) ? "something must be installed" : "it failed (\(exit))"
            return question.goals.map { $0.failed("\(why), see above the table", command: command) }
        }
        let figures = try JSONDecoder().decode(BenchReport.self, from: Data(FileText.bytes(of: file)))
        return question.goals.map { $0.row(in: figures, command: command) }
    }
}
