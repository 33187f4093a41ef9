internal import Backfill
internal import Glibc
internal import Ledger
internal import Logging
internal import Runtime
internal import Tables

/// Keeps the live status up to date: rates, times to go, workers. The loop's thread.
final class StatusBoard {
    /// How often it is written, in milliseconds.
    private static let intervalMillis: Int64 = 250
    /// Over how long rates are taken, in milliseconds.
    private static let rateWindowMillis: Int64 = 5_000

    private let process: CoordinatorProcess
    private let office: OfficeRow
    private let endpoint: String
    private var writtenAt: Instant?
    private var samples: [JobIndex: [Sample]] = [:]
    private var shown: [JobIndex: Double] = [:]
    private var isFailing = false
    private var noWorkerSince: Instant?
    private var pacedJobs: [JobID: Bool] = [:]

    private static let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private struct Sample {
        var at: Instant
        var records: UInt64
        var units: Double
    }

    init(_ process: CoordinatorProcess, office: OfficeRow, endpoint: String) {
        self.process = process
        self.office = office
        self.endpoint = endpoint
    }

    /// Writes the status if it is time.
    func update(_ core: Coordinator, problem: String?, at now: Instant) {
        if let writtenAt, now.millisecondsSince(writtenAt) < StatusBoard.intervalMillis { return }
        writtenAt = now
        var status = LiveStatus(
            pid: office.incarnation.pid, epoch: office.epoch, version: office.program, endpoint: endpoint, at: now,
            workers: core.workers.map(worker), builds: builds(core, at: now), lastProblem: problem)
        let isIdle = status.builds.isEmpty || status.workers.contains { !["refused", "awaited"].contains($0.state) }
        noWorkerSince = isIdle ? nil : noWorkerSince ?? now
        status.noWorkerSince = noWorkerSince
        process.settings.onStatus(StatusBoard.line(status))
        do {
            try status.write(in: process.store.directory)
            isFailing = false
        } catch {
            // Builds go on without it; say it once, not four times a second.
            if !isFailing { process.log.warning("the live status cannot be written: \(error)") }
            isFailing = true
        }
    }

    /// One line for a service manager: what `status` tells at length.
    private static func line(_ status: LiveStatus) -> String {
        let count = status.workers.count { $0.state != "refused" && $0.state != "awaited" }
        var parts = ["in office, epoch \(status.epoch)", "\(count) \(count == 1 ? "worker" : "workers")"]
        if !status.builds.isEmpty {
            let sum = status.builds.reduce(0) { $0 + $1.progress.progress }
            let percent = Int(sum / Double(status.builds.count) * 100)
            parts.append("\(status.builds.count) indexes under way, \(percent) %")
        }
        if let problem = status.lastProblem { parts.append("last problem: \(problem)") }
        return parts.joined(separator: "; ")
    }

    private func worker(_ worker: WorkerState) -> LiveStatus.Worker {
        var range: RangeID?
        if case .scan(let id)? = worker.lease?.item { range = id }
        var problem: String?
        if case .refused(let reason) = worker.standing { problem = reason }
        return LiveStatus.Worker(
            pid: worker.incarnation.pid, host: worker.incarnation.host, incarnation: worker.incarnation.nonce,
            state: state(of: worker), range: range, job: worker.lease?.job, lastSeen: worker.lastSeen,
            version: worker.program, problem: problem)
    }

    private func state(of worker: WorkerState) -> String {
        switch (worker.standing, worker.lease?.item) {
        case (.awaited, _): "awaited"
        case (.leaving, _): "leaving"
        case (.refused, _): "refused"
        case (.serving, .scan?): "scanning"
        case (.serving, .load?): "loading"
        case (.serving, .drain?): "draining"
        case (.serving, nil): "idle"
        }
    }

    private func builds(_ core: Coordinator, at now: Instant) -> [LiveStatus.Build] {
        let heartbeats = core.workers.compactMap(\.heartbeat)
        let serving = core.workers.count { $0.standing == .serving }
        return core.jobs.filter { $0.row.state == .open }.flatMap { job in
            let image = job.image
            let costs = WorkCosts(scanningWorkers: min(serving, StatusBoard.cores), isPaced: isPaced(job.row, at: now))
            return job.row.indexes.indices.map { place in
                build(image, place, costs, counts: job.counts, heartbeats, at: now)
            }
        }
    }

    /// Whether a pace is set for its indexes; as before, where it cannot be read: the times to go are for people.
    private func isPaced(_ job: JobRow, at now: Instant) -> Bool {
        do {
            let throttle = try process.store.read { txn in
                try process.store.throttle(ofAll: job.indexes.map(\.index), atMillis: now.milliseconds, in: txn)
            }
            pacedJobs[job.id] = throttle.recordsPerSecond != nil
        } catch {
            process.log.debug("the throttle of job \(job.id) cannot be read for its time to go: \(error)")
        }
        return pacedJobs[job.id] ?? false
    }

    private func build(
        _ job: JobImage, _ place: Int, _ costs: WorkCosts, counts: RangeCounts, _ heartbeats: [Heartbeat],
        at now: Instant
    ) -> LiveStatus.Build {
        let index = job.row.indexes[place]
        var progress = IndexProgress(of: job, place: place, heartbeats: heartbeats, costs: costs)
        // Estimates may be corrected downwards; what people see only moves forward.
        progress.progress = max(progress.progress, shown[index] ?? 0)
        shown[index] = progress.progress
        let first = window(of: index, progress, at: now)
        let seconds = Double(now.millisecondsSince(first.at)) / 1_000
        var eta: Int?
        var rate = 0.0
        if seconds >= 0.5 {
            rate = Double(progress.recordsScanned - min(first.records, progress.recordsScanned)) / seconds
            let units = (progress.unitsDone - first.units) / seconds
            if units > 0 { eta = Int((max(progress.unitsTotal - progress.unitsDone, 0) / units).rounded(.up)) }
        }
        return LiveStatus.Build(
            index: index, job: job.row.id, progress: progress, etaSeconds: eta, recordsPerSecond: rate,
            ranges: [counts.pending, counts.leased, counts.scanned, counts.failed])
    }

    /// The oldest sample in the window, after adding the newest.
    private func window(of index: JobIndex, _ progress: IndexProgress, at now: Instant) -> Sample {
        let sample = Sample(at: now, records: progress.recordsScanned, units: progress.unitsDone)
        var window = (samples[index] ?? []).filter { now.millisecondsSince($0.at) <= StatusBoard.rateWindowMillis }
        window.append(sample)
        samples[index] = window
        return window[0]
    }
}
