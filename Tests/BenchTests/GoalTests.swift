// Goal: the table of goals says what was measured, and asks for figures that there are. Method: reports whose figures
// are known; every question that a small table can answer, asked of one.
import ArgumentParser
import Testing

@testable import gapless_bench

@Suite("The goals", .serialized)
struct GoalTests {
    private static func report() -> BenchReport {
        var report = BenchReport("build", settings: [:], loadAverage: 0.25)
        for value in [3.0, 2.5, 4.0] { report.add("first", value, "x", .higher) }
        for value in [2.0, 2.0, 5.0] { report.add("second", value, "x", .higher) }
        return report
    }

    @Test("a row shows the median with its ends; a goal that is missed says so")
    func rows() {
        let reached = Goal("speed", .atLeast(3), "first").row(in: Self.report(), command: "build")
        #expect(reached.measuredText == "3 x (2.50 to 4)" && reached.goal == "at least 3 x")
        #expect(reached.isReached == true)
        let missed = Goal("speed", .atMost(2.75), "first").row(in: Self.report(), command: "build")
        #expect(missed.measuredText == "3 x (2.50 to 4), short of it" && missed.isReached == false)
    }

    @Test("of several figures the worst counts, whichever way the goal is meant")
    func worst() {
        #expect(Goal("a", .atLeast(1), "first", "second").row(in: Self.report(), command: "").measured == 2)
        #expect(Goal("a", .atMost(1), "first", "second").row(in: Self.report(), command: "").measured == 3)
    }

    @Test("a figure that is not there is named")
    func missing() {
        let row = Goal("a", .atLeast(1), "first", "third").row(in: Self.report(), command: "")
        #expect(row.measuredText == "not measured: the report has no 'third'" && row.isReached == nil)
    }

    @Test("the table is Markdown")
    func table() {
        var report = GoalsReport(settings: ["records": "5"], loadAverage: 0.25)
        report.rows = [Goal("a", .atMost(128), "first").row(in: Self.report(), command: "build --records 5")]
        #expect(
            report.text == """
                | what | goal | measured | command |
                |---|---|---|---|
                | a | at most 128 x | 3 x (2.50 to 4) | `build --records 5` |

                records 5; load average before: 0.3

                """)
    }

    @Test("--only takes commands that have goals, and names one that has none")
    func only() throws {
        let some = try GoalsCommand.parse(["--only", "eta,build"])
        #expect(try some.questions().map(\.name) == ["build", "eta"])
        #expect(throws: (any Error).self) { try GoalsCommand.parse(["--only", "detection"]) }
    }

    @Test("every command line is one that the bench understands")
    func lines() throws {
        for question in GoalQuestion.all(records: 1_000) {
            let line = question.commandLine(records: 1_000, rounds: 1, db: "table")
            #expect(!question.goals.isEmpty && line.contains("--db") == (question.options == .all))
            _ = try GaplessBench.parseAsRoot(line)
        }
    }

    @Test("what a small table can answer is answered, on one table kept for all")
    func run() throws {
        let names: Set = ["indexes", "workers", "growth", "size", "verify", "import", "writer", "query"]
        let questions = GoalQuestion.all(records: 500).filter { names.contains($0.name) }
        let bench = try Bench(products: BenchRunTests.products())
        let result = Result { try GoalsRun(bench: bench, records: 500, rounds: 1, db: nil).run(questions) }
        try bench.end()
        let report = try result.get()
        #expect(report.rows.count >= names.count)
        for row in report.rows { #expect(row.measured != nil, "\(row.what): \(row.measuredText)") }
    }
}
