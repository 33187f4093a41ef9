internal import Backfill

/// Durable work is not done again, but for a named reason: a run that is really damaged. And nothing is handed out
/// again without a word in its history on why.
struct DurableWorkIsKept {
    static let name = "durable work is kept"

    func check(_ commit: Commit) -> String? {
        guard case .coordinator = commit.actor else { return nil }
        for write in commit.writes {
            guard case .range(let row) = write else { continue }
            let ranges = commit.before.ranges(ofJob: row.job)
            guard Int(row.id) < ranges.count else { continue }
            let before = ranges[Int(row.id)]
            if before.state == .scanned, row.state != .scanned, let fault = rescan(before, commit) { return fault }
            if row.attempt > before.attempt, before.attempt > 0 {
                let reason = row.history.last { $0.attempt == before.attempt }
                guard let reason, before.state != .scanned || reason.error != nil else {
                    return "range \(row.id) is handed out again, and its history does not say why"
                }
            }
        }
        return nil
    }

    private func rescan(_ range: RangeRow, _ commit: Commit) -> String? {
        guard let job = commit.before.jobs.first(where: { $0.row.id == range.job }) else { return nil }
        for (place, index) in job.row.indexes.enumerated() {
            guard range.runs.indices.contains(place), let run = range.runs[place] else { continue }
            let identity = SimulatedDisk.Identity(
                job: range.job, range: range.id, attempt: range.attempt, index: place, generation: index.generation)
            guard let file = commit.disk.file(identity), file.damage == .none, file.summary == run else { return nil }
        }
        return "range \(range.id) is scanned again although all its runs are sound"
    }

    /// A result that is refused was not the one that the ledger waits for.
    func check(_ send: Send, _ store: SimulatedStore, _ core: Coordinator) -> String? {
        guard case .settled(let lease, .stale) = send.message, case .scan(let id) = lease.item,
            let job = store.jobs.first(where: { $0.row.id == lease.job }), id < RangeID(job.ranges.count)
        else { return nil }
        let range = job.ranges[Int(id)]
        guard range.isHeld(under: lease, by: send.worker), range.state == .leased || range.state == .scanned,
            job.row.state == .open, store.office?.epoch == core.epoch
        else { return nil }
        return "the result of the \(lease) is refused, and the ledger still waits for it"
    }

    /// Files that a worker removes as stale are not those that the ledger counts.
    func checkRemoval(of lease: Lease, _ store: SimulatedStore) -> String? {
        guard case .scan(let id) = lease.item, let job = store.jobs.first(where: { $0.row.id == lease.job }),
            job.row.state == .open, id < RangeID(job.ranges.count)
        else { return nil }
        let range = job.ranges[Int(id)]
        guard range.state == .scanned, range.attempt == lease.attempt, range.epoch == lease.epoch else { return nil }
        return "a worker removes the runs of the \(lease), which count"
    }
}
