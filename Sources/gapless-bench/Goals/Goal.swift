/// One line of the table of goals: what is wanted, and which figures of which report tell of it.
struct Goal {
    /// How a figure is to be.
    enum Bound: Equatable {
        case atLeast(Double)
        case atMost(Double)

        /// Whether a figure is so.
        func holds(for figure: Double) -> Bool {
            switch self {
            case .atLeast(let least): figure >= least
            case .atMost(let most): figure <= most
            }
        }

        /// The one of two figures that is farther from it.
        func worse(_ first: Double, _ second: Double) -> Double {
            if case .atLeast = self { return min(first, second) }
            return max(first, second)
        }
    }

    /// As the table shows it.
    let what: String
    let bound: Bound
    /// The names of the figures in the report; the worst of them counts.
    let measures: [String]

    init(_ what: String, _ bound: Bound, _ measures: String...) { self.init(what, bound, measures) }

    init(_ what: String, _ bound: Bound, _ measures: [String]) {
        (self.what, self.bound, self.measures) = (what, bound, measures)
    }

    /// The row of a report; one that has not all of the figures tells which is missing.
    func row(in report: BenchReport, command: String) -> GoalRow {
        let found = measures.compactMap { report[$0] }
        guard found.count == measures.count, let first = found.first else {
            let missing = measures.first { report[$0] == nil } ?? "nothing"
            return failed("the report has no '\(missing)'", command: command)
        }
        let worst = found.dropFirst().reduce(first) { worst, next in
            bound.worse(worst.median, next.median) == worst.median ? worst : next
        }
        return GoalRow(
            what: what, goal: text(first.unit), measured: worst.median, unit: worst.unit, rounds: worst.rounds,
            isReached: bound.holds(for: worst.median), command: command)
    }

    /// The row of what could not be measured.
    func failed(_ problem: String, command: String) -> GoalRow {
        GoalRow(what: what, goal: text(""), unit: "", rounds: [], problem: problem, command: command)
    }

    private func text(_ unit: String) -> String {
        switch bound {
        case .atLeast(let figure): "at least \(GoalRow.figure(figure, unit))"
        case .atMost(let figure): "at most \(GoalRow.figure(figure, unit))"
        }
    }
}

/// What came of a goal.
struct GoalRow: Codable, Equatable {
    let what: String
    let goal: String
    /// The median of the rounds; nil if it could not be measured.
    var measured: Double?
    let unit: String
    let rounds: [Double]
    var isReached: Bool?
    /// Why there is no figure.
    var problem: String?
    let command: String

    /// `3.10 x (2.90 to 3.40)`, with `short of it` where a goal is missed.
    var measuredText: String {
        guard let measured else { return "not measured: \(problem ?? "no reason was told")" }
        let (least, most) = (rounds.min() ?? measured, rounds.max() ?? measured)
        let span = rounds.count > 1 ? " (\(BenchReport.figure(least)) to \(BenchReport.figure(most)))" : ""
        return Self.figure(measured, unit) + span + (isReached == false ? ", short of it" : "")
    }

    static func figure(_ number: Double, _ unit: String) -> String {
        BenchReport.figure(number) + (unit.isEmpty ? "" : " \(unit)")
    }
}

/// All goals with what came of them.
struct GoalsReport: Codable, Equatable {
    /// What all were measured with.
    let settings: [String: String]
    let loadAverage: Double
    var rows: [GoalRow] = []

    /// A table in Markdown.
    var text: String {
        let head = ["| what | goal | measured | command |", "|---|---|---|---|"]
        let lines = rows.map { row in
            let cells = [row.what, row.goal, row.measuredText, "`\(row.command)`"]
            return "| \(cells.map { $0.replacing("|", with: "/") }.joined(separator: " | ")) |"
        }
        let settings = settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let load = Figure.decimal(loadAverage, places: 1)
        return (head + lines + ["", "\(settings); load average before: \(load)"]).map { $0 + "\n" }.joined()
    }
}
