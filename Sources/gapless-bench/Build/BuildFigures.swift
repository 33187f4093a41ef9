/// What one build gave.
struct BuildFigures {
    /// From the declaration to ready, by this process's clock.
    var seconds = 0.0
    /// From the declaration until the coordinator had opened the job.
    var noticeSeconds = 0.0
    var phases: Phases?
    var drainSeconds = 0.0
    /// What workers say of the parts of their work.
    var times = PhaseTimes()
    var indexBytes: UInt64 = 0
    /// Write transactions of all processes.
    var transactions: UInt64 = 0
    var retries: UInt64 = 0
    /// The most that a worker held in memory beyond mapped files, in bytes.
    var workerPeakBytes: UInt64 = 0
    var coordinatorPeakBytes: UInt64 = 0
    /// By the coordinator and all workers.
    var cpuSeconds = 0.0
    var readBytes: UInt64 = 0
    var writtenBytes: UInt64 = 0
    var writerAlone: ApplicationWriter.Waits?
    var writerDuringBuild: ApplicationWriter.Waits?

    /// Takes in what the coordinator, the first, and the workers used.
    mutating func use(of now: [ProcessUse.Seen], since before: [ProcessUse.Seen]) {
        coordinatorPeakBytes = now.first?.peakBytes ?? 0
        workerPeakBytes = now.dropFirst().map(\.peakBytes).max() ?? 0
        for (now, before) in zip(now, before) {
            cpuSeconds += now.cpuSeconds - before.cpuSeconds
            readBytes += now.readBytes - before.readBytes
            writtenBytes += now.writtenBytes - before.writtenBytes
        }
    }
}

extension BenchReport {
    private static let mebibyte = 1_048_576.0

    /// Adds a round of a build by `name`: how long it took until ready, and its size.
    mutating func add(_ figures: BuildFigures, as name: String) {
        add("\(name): ready after", figures.seconds, "s", .lower)
        let entries = Double(figures.phases?.entries ?? 0)
        add("\(name): entries a second", entries / max(figures.seconds, 1e-6), "1/s", .higher, floor: 1_000_000)
    }

    /// Adds the phases and counters of a round.
    mutating func addDetails(of figures: BuildFigures, as name: String) {
        if let phases = figures.phases {
            add("\(name): declared to opened", figures.noticeSeconds, "s", .lower)
            add("\(name): ranges discovered, beside the scan", phases.discoverSeconds, "s", .lower)
            add("\(name): scan, with sort and runs", phases.scanSeconds, "s", .lower)
            add("\(name): load", phases.loadSeconds, "s", .lower)
            add("\(name): check", phases.checkSeconds, "s", .lower)
            add("\(name): drain and publish", phases.publishSeconds, "s", .lower)
            add("\(name): drain alone", figures.drainSeconds, "s", .lower)
            add("\(name): entries", Double(phases.entries), "", .neither)
            add("\(name): ranges", Double(phases.ranges), "", .neither)
            add("\(name): runs", Double(phases.runBytes) / Self.mebibyte, "MiB", .lower)
        }
        add("\(name): index", Double(figures.indexBytes) / Self.mebibyte, "MiB", .lower)
        add("\(name): write transactions", Double(figures.transactions), "", .neither)
        add("\(name): retries", Double(figures.retries), "", .lower)
        add("\(name): read from disk", Double(figures.readBytes) / Self.mebibyte, "MiB", .lower)
        add("\(name): written to disk", Double(figures.writtenBytes) / Self.mebibyte, "MiB", .lower)
        let factor = Double(figures.writtenBytes) / max(Double(figures.indexBytes), 1)
        add("\(name): written to disk, of the index", factor, "x", .lower)
        let peak = Double(figures.workerPeakBytes) / Self.mebibyte
        add("\(name): memory of a worker, peak", peak, "MiB", .lower, floor: 256)
        add(
            "\(name): memory of the coordinator, peak", Double(figures.coordinatorPeakBytes) / Self.mebibyte, "MiB",
            .lower)
        add("\(name): processor time", figures.cpuSeconds, "s", .lower)
    }

    /// Adds how long the application's writer waited, without a build and during one.
    mutating func addWaits(of figures: BuildFigures) {
        for (when, waits) in [("alone", figures.writerAlone), ("during the build", figures.writerDuringBuild)] {
            guard let waits else { continue }
            for (what, times) in [("wait for the lock", waits.lock), ("whole put", waits.put)] {
                let floor: Double? = when == "alone" || what == "whole put" ? nil : 100
                add("application's writer, \(what) \(when): p50", times.p50, "ms", .lower)
                add("application's writer, \(what) \(when): p99", times.p99, "ms", .lower)
                add("application's writer, \(what) \(when): longest", times.longest, "ms", .lower, floor: floor)
            }
            add("application's writer, puts \(when)", Double(waits.put.count), "", .higher)
        }
    }
}
