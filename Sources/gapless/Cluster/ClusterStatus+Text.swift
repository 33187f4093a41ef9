import Status
import Tables

extension ClusterStatus {
    var text: String {
        var lines = ["database     \(database)"]
        if coordinator.running {
            lines.append(
                "coordinator  running, pid \(coordinator.pid.map { "\($0)" } ?? "?"), epoch "
                    + "\(coordinator.epoch.map { "\($0)" } ?? "?"), gapless \(coordinator.version ?? "?")")
        } else {
            lines.append("coordinator  not running")
        }
        for worker in workers {
            let range = worker.range.map { " range \($0)" } ?? ""
            lines.append(
                "worker       pid \(worker.pid), \(worker.state)\(range), seen \(worker.lastSeenSeconds) s ago")
        }
        if indexes.isEmpty { lines.append("indexes      none") }
        for index in indexes {
            var line = "index        \(index.index)  \(index.state.rawValue), \(index.entries.grouped) entries"
            if let rebuild = index.rebuild { line += "; generation \(rebuild.generation) \(rebuild.state.rawValue)" }
            if index.isUnderWay, let job = index.job {
                line += "; \(job.text) (why: \(index.rebuild?.reason ?? index.reason))"
            }
            if !index.isUnderWay, let job = index.job, job.retries > 0 { line += ", \(job.retries.grouped) retries" }
            lines.append(line)
        }
        lines += problems.map { "!            \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
