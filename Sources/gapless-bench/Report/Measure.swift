/// One thing that was measured, in each of the rounds.
struct Measure: Codable, Equatable {
    /// Which way it should go.
    enum Better: String, Codable { case lower, higher, neither }

    /// The same from run to run, so that a baseline can be found by it: `gapless email: ready after`.
    let name: String
    /// `s`, `ms`, `MiB`, `1/s`; `x` for a ratio; empty for a count.
    let unit: String
    let better: Better
    /// What it should be at least, or at most, where something is promised.
    let floor: Double?
    /// As measured, one a round.
    private(set) var rounds: [Double]
    /// The middle one of the rounds.
    private(set) var median: Double

    init(_ name: String, _ unit: String, _ better: Better, floor: Double? = nil, rounds: [Double]) {
        (self.name, self.unit, self.better, self.floor, self.rounds) = (name, unit, better, floor, rounds)
        median = Self.median(rounds)
    }

    mutating func add(_ value: Double) {
        rounds.append(value)
        median = Self.median(rounds)
    }

    /// How many times better it is than what it should be; nil where nothing is promised.
    var timesBetterThanFloor: Double? { floor.flatMap { timesBetter(than: $0) } }

    /// Above 1 it is better than `other`, whichever way it is meant; nil where neither way is better.
    func timesBetter(than other: Double) -> Double? {
        switch better {
        case .lower: other / max(median, 1e-9)
        case .higher: median / max(other, 1e-9)
        case .neither: nil
        }
    }

    /// The middle one, or the mean of the two in the middle; 0 for none.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
