extension BenchReport {
    /// A table for people; with what was kept of an earlier run, as ratios.
    func text(baseline: BenchReport? = nil) -> String {
        let hasRounds = measures.contains { $0.rounds.count > 1 }
        let hasFloors = measures.contains { $0.floor != nil }
        var titles = [command, "", hasRounds ? "median" : "measured"]
        if hasRounds { titles += ["least", "most"] }
        if hasFloors { titles += ["promised", "times better"] }
        if baseline != nil { titles += ["baseline", "times better"] }
        var table = FigureTable(titles)
        for measure in measures {
            var cells = [measure.name, measure.unit, Self.figure(measure.median)]
            if hasRounds { cells += [measure.rounds.min(), measure.rounds.max()].map { Self.figure($0 ?? 0) } }
            if hasFloors { cells += Self.comparison(measure.floor, measure) }
            if let baseline { cells += Self.comparison(baseline[measure.name]?.median, measure) }
            table.add(cells)
        }
        return table.text + lines(baseline).map { $0 + "\n" }.joined()
    }

    private static func comparison(_ other: Double?, _ measure: Measure) -> [String] {
        guard let other else { return ["", ""] }
        return [figure(other), measure.timesBetter(than: other).map { Figure.decimal($0, places: 2) } ?? ""]
    }

    private func lines(_ baseline: BenchReport?) -> [String] {
        let settings = settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        var lines = [settings + "; load average before: \(Figure.decimal(loadAverage, places: 1))"] + notes
        if let baseline { lines += differences(from: baseline) }
        return lines
    }

    /// Why the baseline may not be compared with; empty if it may.
    func differences(from baseline: BenchReport) -> [String] {
        guard baseline.command == command else { return ["the baseline is of another command: \(baseline.command)"] }
        // More rounds of the same are the same.
        let keys = Set(settings.keys).union(baseline.settings.keys).subtracting(["rounds"])
        return keys.sorted().compactMap { key in
            let (now, then) = (settings[key] ?? "none", baseline.settings[key] ?? "none")
            return now == then ? nil : "the baseline is of other settings: \(key) was \(then), is \(now)"
        }
    }

    /// Four digits or so: what is smaller than 100 has decimals, unless it is whole.
    static func figure(_ number: Double) -> String {
        switch number.magnitude {
        case let size where size == size.rounded(): Figure.grouped(number)
        case ..<1: Figure.decimal(number, places: 4)
        case ..<100: Figure.decimal(number, places: 2)
        default: Figure.grouped(number)
        }
    }
}
