/// How long each stage took, and how much went through it.
struct StageTimes {
    struct Stage {
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

    /// As all commands report.
    func report(_ command: String) -> BenchReport {
        var report = BenchReport(command, settings: ["cores": "\(Machine.cores)"])
        for stage in stages {
            report.add("\(stage.name): items", Double(stage.count), "", .neither)
            report.add(stage.name, stage.seconds, "s", .lower)
            report.add("\(stage.name): of each item", 1e9 / max(stage.perSecond, 1e-9), "ns", .lower)
            let cpu = stage.cpuSeconds * 1e9 / Double(max(stage.count, 1))
            report.add("\(stage.name): processor time of each item", cpu, "ns", .lower)
        }
        return report
    }
}
