internal import Backfill
internal import Values

/// An index becomes ready only when it is complete, which is computed here anew and in another way than the proof.
struct ReadyOnlyWithProof {
    static let name = "ready only with the proof"

    func check(_ commit: Commit) -> String? {
        guard commit.before.demandsVersion != commit.after.demandsVersion else { return nil }
        for index in commit.after.indexes {
            guard let ready = index.ready else { continue }
            let before = commit.before.indexes.first { $0.id == index.id }
            guard before?.ready?.number != ready.number else { continue }
            if let fault = fault(index, ready, commit) {
                return "index \(index.id) generation \(ready.number) became ready, but \(fault)"
            }
        }
        return nil
    }

    private func fault(
        _ index: SimulatedIndex, _ ready: SimulatedIndex.Generation, _ commit: Commit
    ) -> String? {
        guard case .coordinator(_, let epoch) = commit.actor, commit.before.office?.epoch == epoch else {
            return "not by the coordinator in office"
        }
        let after = commit.after
        if after.delta(index: index.id, generation: ready.number)?.isEmpty != true { return "its delta is not empty" }
        if after.openBadRecordsCount(index.id, generation: ready.number) > 0 { return "bad records are open" }
        let wanted = index.jobIndex(ready.number)
        let job = after.jobs.first { $0.row.indexes.contains(wanted) }
        guard let job, let place = job.row.indexes.firstIndex(of: wanted) else { return "no job built it" }
        if let gap = RangesTile.fault(job.ranges, until: nil) { return gap }
        var sum = EntryDigest.zero
        for range in job.ranges {
            guard range.state == .scanned, range.owner != nil else { return "range \(range.id) is not scanned" }
            guard range.runs.indices.contains(place), let run = range.runs[place] else {
                return "range \(range.id) has no run for it"
            }
            sum += run.digest
        }
        guard job.builds[place].digest == sum else { return "what was read back is not what the runs hold" }
        return nil
    }
}
