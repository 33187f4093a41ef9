internal import Backfill

/// The ranges of a job cover every key up to the frontier exactly once, at every moment.
struct RangesTile {
    static let name = "ranges tile"

    func check(_ commit: Commit) -> String? {
        guard case .coordinator = commit.actor else { return nil }
        for write in commit.writes {
            guard case .range(let row) = write else { continue }
            let before = commit.before.ranges(ofJob: row.job)
            let isNew = Int(row.id) >= before.count
            guard isNew || before[Int(row.id)].interval != row.interval else { continue }
            guard let job = commit.after.jobs.first(where: { $0.row.id == row.job }) else { continue }
            if !job.row.isDiscovered, job.row.frontier == nil { continue }
            let frontier = job.row.isDiscovered ? nil : job.row.frontier
            if let fault = RangesTile.fault(job.ranges, until: frontier) { return "job \(row.job): \(fault)" }
        }
        return nil
    }

    /// What is wrong with the ranges that should cover everything before `frontier` (nil: everything).
    static func fault(_ ranges: [RangeRow], until frontier: Key?) -> String? {
        var bounds: [(start: Key?, end: Key?)] = ranges.map { ($0.interval.start, $0.interval.end) }
        bounds.sort { left, right in
            guard let right = right.start else { return false }
            return left.start.map { $0 < right } ?? true
        }
        var position: Key?
        for (number, bound) in bounds.enumerated() {
            let isFirst = number == 0
            if isFirst ? bound.start != nil : (position == nil || bound.start != position) {
                return "a gap or an overlap at \(bound.start?.hex ?? "-inf")"
            }
            if let start = bound.start, let end = bound.end, end <= start { return "an empty range at \(start)" }
            position = bound.end
        }
        if bounds.isEmpty { return frontier == nil ? "no range at all" : nil }
        guard position == frontier else {
            return "they end at \(position?.hex ?? "+inf") and not at \(frontier?.hex ?? "+inf")"
        }
        return nil
    }
}
