internal import Backfill

/// What the coordinator keeps in memory and in queues is bounded by what there is to do.
struct MemoryIsBounded {
    static let name = "memory is bounded"
    /// Messages under way: a few for each worker, and what a long delay holds up.
    static let inFlightMax = 2_000

    func check(_ core: Coordinator, inFlight: Int) -> String? {
        if inFlight > MemoryIsBounded.inFlightMax { return "\(inFlight) messages are under way" }
        let done = core.jobs.count { $0.row.state == .done }
        if done > core.limits.doneJobsMax { return "\(done) jobs that are over are remembered" }
        for job in core.jobs where job.queuedCount > 2 * job.ranges.count + 2 * job.builds.count + 2 {
            return "job \(job.row.id) has \(job.queuedCount) things queued for \(job.ranges.count) ranges"
        }
        for job in core.jobs {
            for range in job.ranges where range.history.count > RangeRow.historyMax {
                return "range \(range.id) remembers \(range.history.count) attempts"
            }
        }
        return nil
    }
}
