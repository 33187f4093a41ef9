/// How long each stage took, and how much went through it.
struct StageTimes: Encodable {
    struct Stage: Encodable {
        let name: String
        let seconds: Double
        let count: UInt64
        let perSecond: Double
        /// Processor time of all threads.
        let cpuSeconds: Double
    }

    private(set) var stages: [Stage] = []

    /// Runs `body`, whose result is how much went through, as a stage of this name.
    mutating func measure(_ name: String, _ body: () throws -> UInt64) rethrows {
        let watch = Stopwatch()
        let cpu = Stopwatch.processorSeconds()
        let count = try body()
        let seconds = max(watch.seconds, 1e-9)
        stages.append(
            Stage(
                name: name, seconds: seconds, count: count, perSecond: Double(count) / seconds,
                cpuSeconds: Stopwatch.processorSeconds() - cpu))
    }

    /// A table for people.
    var text: String {
        var table = FigureTable(["stage", "seconds", "items", "thousand/s", "ns each", "cpu ns each"])
        for stage in stages {
            table.add(
                stage.name, Figure.decimal(stage.seconds, places: 3), Figure.grouped(stage.count),
                Figure.grouped(stage.perSecond / 1_000), Figure.grouped(1e9 / max(stage.perSecond, 1e-9)),
                Figure.grouped(stage.cpuSeconds * 1e9 / Double(max(stage.count, 1))))
        }
        return table.text
    }
}
