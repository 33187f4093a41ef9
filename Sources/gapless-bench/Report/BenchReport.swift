/// What a command measured, and of what: the same shape for all, as a table, as JSON, and as a baseline.
struct BenchReport: Codable, Equatable {
    /// The command.
    let command: String
    /// What it measured with, such as `records`: figures of other settings cannot be compared.
    let settings: [String: String]
    /// How many threads wanted a core, on average of the last minute, before: judge the figures by it.
    let loadAverage: Double
    private(set) var measures: [Measure] = []
    /// What must be known to read the figures.
    private(set) var notes: [String] = []

    init(_ command: String, settings: [String: String], loadAverage: Double = Machine.loadAverage()) {
        (self.command, self.settings, self.loadAverage) = (command, settings, loadAverage)
    }

    subscript(name: String) -> Measure? { measures.first { $0.name == name } }

    /// Adds the value of one more round.
    mutating func add(
        _ name: String, _ value: Double, _ unit: String, _ better: Measure.Better, floor: Double? = nil
    ) {
        if let place = measures.firstIndex(where: { $0.name == name }) {
            measures[place].add(value)
        } else {
            measures.append(Measure(name, unit, better, floor: floor, rounds: [value]))
        }
    }

    /// Adds a measure made of two: round by round, so that what drifts on the machine drifts in both.
    ///
    /// Does nothing if one of them is not there.
    mutating func addRatio(
        _ name: String, of numerator: String, to denominator: String, _ better: Measure.Better = .neither,
        floor: Double? = nil
    ) {
        guard let top = self[numerator], let bottom = self[denominator] else { return }
        let rounds = zip(top.rounds, bottom.rounds).map { $0 / max($1, 1e-9) }
        measures.append(Measure(name, "x", better, floor: floor, rounds: rounds))
    }

    /// Adds the difference of two measures, likewise round by round.
    mutating func addDifference(
        _ name: String, of measure: String, from other: String, _ better: Measure.Better = .neither
    ) {
        guard let more = self[measure], let less = self[other] else { return }
        let rounds = zip(more.rounds, less.rounds).map { $0 - $1 }
        measures.append(Measure(name, more.unit, better, rounds: rounds))
    }

    mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }
}
