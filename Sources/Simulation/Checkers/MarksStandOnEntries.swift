internal import Backfill
internal import Values

/// No mark outlives its entries: a range that is called scanned has durable runs, and an index that is called loaded
/// holds what its runs hold; also after a loss of power.
struct MarksStandOnEntries {
    static let name = "no mark outlives its entries"

    func check(_ commit: Commit) -> String? {
        guard case .coordinator = commit.actor else { return nil }
        for write in commit.writes {
            switch write {
            case .range(let row) where row.state == .scanned:
                let before = commit.before.ranges(ofJob: row.job)
                if Int(row.id) < before.count, before[Int(row.id)].state == .scanned { continue }
                guard let job = commit.after.jobs.first(where: { $0.row.id == row.job }) else { continue }
                if let fault = fault(of: row, job, commit.disk) { return fault }
            case .build(let row) where row.stage == .loaded && row.digest != nil:
                if let fault = fault(of: row, commit) { return fault }
            default: break
            }
        }
        return nil
    }

    private func fault(of range: RangeRow, _ job: JobImage, _ disk: SimulatedDisk) -> String? {
        for (place, index) in job.row.indexes.enumerated() {
            guard range.runs.indices.contains(place), let run = range.runs[place] else { continue }
            let identity = SimulatedDisk.Identity(
                job: job.row.id, range: range.id, attempt: range.attempt, index: place, generation: index.generation)
            guard let file = disk.file(identity) else {
                if disk.struck.contains(identity) || job.builds[place].digest != nil { continue }
                return "range \(range.id) of job \(job.row.id) is scanned and its run \(place) is not there"
            }
            if file.isStruck || job.builds[place].digest != nil { continue }
            guard file.isSynced, file.isNameSynced, file.damage == .none else {
                return "range \(range.id) of job \(job.row.id) is scanned and its run \(place) is not durable"
            }
            guard file.summary == run, EntryDigest(of: file.entries) == run.digest else {
                return "range \(range.id) of job \(job.row.id) is scanned and its run \(place) holds something else"
            }
        }
        return nil
    }

    private func fault(of build: BuildRow, _ commit: Commit) -> String? {
        let before = commit.before.jobs.first { $0.row.id == build.job }
        guard let before, before.builds.indices.contains(build.index), before.builds[build.index].stage == .loading,
            let digest = build.digest
        else { return nil }
        let index = before.row.indexes[build.index]
        guard let entries = commit.before.entries(index: index.index, generation: index.generation) else { return nil }
        guard EntryDigest(of: entries) == digest else {
            return "index \(index.index) is called loaded with \(digest.count) entries and holds \(entries.count), "
                + "or others"
        }
        return nil
    }

    /// What is marked after a loss of power must be there, but for what somebody else removed or damaged.
    func checkAfterPowerLoss(_ store: SimulatedStore, _ disk: SimulatedDisk, hasRolledBack: Bool) -> String? {
        for job in store.jobs where job.row.state == .open {
            for range in job.ranges where range.state == .scanned {
                for (place, index) in job.row.indexes.enumerated() {
                    guard range.runs.indices.contains(place), let run = range.runs[place] else { continue }
                    let identity = SimulatedDisk.Identity(
                        job: job.row.id, range: range.id, attempt: range.attempt, index: place,
                        generation: index.generation)
                    guard let file = disk.file(identity) else {
                        // Cleaned away by a future that was lost, or taken away from outside.
                        if hasRolledBack || disk.struck.contains(identity) || run.bytes == 0 { continue }
                        return "range \(range.id) is still called scanned, its run \(place) is lost"
                    }
                    if !file.isStruck, file.damage != .none {
                        return "range \(range.id) is still called scanned, its run \(place) is torn"
                    }
                }
            }
        }
        return nil
    }
}
