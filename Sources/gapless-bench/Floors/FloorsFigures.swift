/// What one measurement of the floors gave.
struct FloorsFigures: Encodable {
    let records: UInt64
    let workers: Int
    /// Wall time of `gapless import`; nil if the database was there already.
    let importSeconds: Double?
    /// How many threads wanted a core, on average of the last minute, before the measurement: judge the figures by it.
    let loadAverage: Double
    /// From the declaration to ready, by this process's clock.
    var wallSeconds = 0.0
    /// From the declaration until the coordinator had opened the job.
    var noticeSeconds = 0.0
    var phases: Phases?
    var indexBytes: UInt64 = 0
    var workerProcesses: [ProcessMemory.Peak] = []
    var coordinatorProcess: ProcessMemory.Peak?
    var writerAlone: ApplicationWriter.Waits?
    var writerDuringBuild: ApplicationWriter.Waits?
    var floors: [Floor] { Floor.all(of: self) }

    /// The figures and the floors, as JSON has them.
    func encode(to encoder: any Encoder) throws {
        var cells = encoder.container(keyedBy: Key.self)
        try cells.encode(records, forKey: .records)
        try cells.encode(workers, forKey: .workers)
        try cells.encode(loadAverage, forKey: .loadAverage)
        try cells.encode(importSeconds, forKey: .importSeconds)
        try cells.encode(wallSeconds, forKey: .wallSeconds)
        try cells.encode(noticeSeconds, forKey: .noticeSeconds)
        try cells.encode(phases, forKey: .phases)
        try cells.encode(indexBytes, forKey: .indexBytes)
        try cells.encode(workerProcesses, forKey: .workerProcesses)
        try cells.encode(coordinatorProcess, forKey: .coordinatorProcess)
        try cells.encode(writerAlone, forKey: .writerAlone)
        try cells.encode(writerDuringBuild, forKey: .writerDuringBuild)
        try cells.encode(floors, forKey: .floors)
    }

    private enum Key: String, CodingKey {
        case records, workers, loadAverage, importSeconds, wallSeconds, noticeSeconds, phases, indexBytes
        case workerProcesses, coordinatorProcess, writerAlone, writerDuringBuild, floors
    }
}

/// A figure beside what it should be at least, or at most.
struct Floor: Encodable, Equatable {
    let name: String
    let measured: Double
    let floor: Double
    /// Above 1 the floor is kept, whichever way it is meant: so many times better than it.
    let ratio: Double

    private init(_ name: String, atLeast floor: Double, measured: Double) {
        (self.name, self.measured, self.floor, ratio) = (name, measured, floor, measured / floor)
    }

    private init(_ name: String, below floor: Double, measured: Double) {
        (self.name, self.measured, self.floor) = (name, measured, floor)
        ratio = floor / max(measured, 1e-6)
    }

    /// The floors of which there are figures.
    static func all(of figures: FloorsFigures) -> [Floor] {
        var floors: [Floor] = []
        if let seconds = figures.importSeconds {
            let rate = Double(figures.records) / max(seconds, 1e-6)
            floors.append(Floor("import, records/s", atLeast: 200_000, measured: rate))
        }
        if let phases = figures.phases {
            let rate = Double(phases.entries) / max(phases.seconds, 1e-3)
            floors.append(Floor("build, entries/s", atLeast: 1_000_000, measured: rate))
        }
        if let peak = figures.workerProcesses.map(\.peakBytes).max() {
            floors.append(Floor("worker memory, MiB", below: 256, measured: Double(peak) / 1_048_576))
        }
        if let waits = figures.writerDuringBuild {
            floors.append(Floor("writer's longest wait, ms", below: 100, measured: waits.lock.longest))
        }
        return floors
    }
}
