import Glibc
import Supervision

/// Kills and stops real processes, and measures how soon the others act on it.
struct DetectionRun {
    let rounds: Int
    let program: Program

    @available(*, noasync)
    func run() throws -> BenchReport {
        try program.run("table", "create", "records", "--key", "id")
        var coordinator = try start("coordinator", number: 0)
        _ = try coordinator.wait(for: "took office")
        defer { endQuietly(coordinator) }
        var (dead, silent, takeovers): ([UInt64], [UInt64], [UInt64]) = ([], [], [])
        for round in 1...rounds {
            ReportOutput.say("round \(round) of \(rounds)")
            dead.append(try killWorker(coordinator, round))
            silent.append(try stopWorker(coordinator, round))
            let standby = try start("coordinator", "--standby", number: round)
            let next = try takeOver(from: coordinator, by: standby)
            takeovers.append(next)
            try coordinator.end()
            coordinator = standby
        }
        var report = BenchReport("detection", settings: ["rounds": "\(rounds)", "cores": "\(Machine.cores)"])
        report.add(dead, as: "a worker killed: work given back after", promisedMillis: 100)
        report.add(silent, as: "a worker stopped (silent): work given back after", promisedMillis: 3_000)
        report.add(takeovers, as: "the coordinator killed: standby in office after", promisedMillis: 2_000)
        return report
    }

    private func start(_ arguments: String..., number: Int) throws -> WatchedProcess {
        try WatchedProcess(
            program.path, arguments, database: program.directory,
            log: "\(program.directory)/bench-\(arguments[0])-\(number).log")
    }

    private func killWorker(_ coordinator: WatchedProcess, _ round: Int) throws -> UInt64 {
        let worker = try start("worker", number: 2 * round)
        defer { endQuietly(worker) }
        _ = try coordinator.wait(for: "worker \(worker.process.pid) joined")
        let killed = try worker.kill()
        return try coordinator.wait(for: "worker \(worker.process.pid) lost: its process ended") - killed
    }

    private func stopWorker(_ coordinator: WatchedProcess, _ round: Int) throws -> UInt64 {
        let worker = try start("worker", number: 2 * round + 1)
        defer { endQuietly(worker) }
        _ = try coordinator.wait(for: "worker \(worker.process.pid) joined")
        let stopped = Stopwatch.nanoseconds()
        try worker.process.signal(SIGSTOP)
        return try coordinator.wait(for: "worker \(worker.process.pid) lost: silent for") - stopped
    }

    private func takeOver(from coordinator: WatchedProcess, by standby: WatchedProcess) throws -> UInt64 {
        _ = try standby.wait(for: "standing by")
        let killed = try coordinator.kill()
        return try standby.wait(for: "took office") - killed
    }

    private func endQuietly(_ process: WatchedProcess) {
        do { try process.end() } catch { ReportOutput.say("a process stays behind: \(error)") }
    }
}

extension BenchReport {
    /// Adds delays, one a round; what is promised is promised of the longest.
    fileprivate mutating func add(_ nanoseconds: [UInt64], as name: String, promisedMillis: Double) {
        for delay in nanoseconds { add(name, Double(delay) / 1e6, "ms", .lower) }
        add(name + ", longest", Double(nanoseconds.max() ?? 0) / 1e6, "ms", .lower, floor: promisedMillis)
    }
}
