internal import Backfill

/// Once faults have stopped, every index becomes ready or is blocked for a reason that is named, within a bound; and
/// ready, once the reason is mended.
enum EveryJobEnds {
    static let name = "every job ends"

    static func describe(_ index: SimulatedIndex, _ store: SimulatedStore) -> String {
        guard let coming = index.coming else { return "ready" }
        let name = index.jobIndex(coming.number)
        let job = store.jobs.first { $0.row.indexes.contains(name) }
        guard let job, let place = job.row.indexes.firstIndex(of: name) else {
            return "\(coming.state.rawValue), and there is no job for it"
        }
        let open = job.ranges.filter { $0.state != .scanned }.prefix(3).map { "\($0.id) \($0.state.rawValue)" }
        let build = job.builds.indices.contains(place) ? "\(job.builds[place].stage.rawValue)" : "unknown"
        return
            "\(coming.state.rawValue) (\(coming.blockedReason ?? "-")), job \(job.row.id) \(job.row.state.rawValue), "
            + "build \(build): \(job.builds[place].error ?? "-"), ranges not scanned: \(open)"
    }
}
