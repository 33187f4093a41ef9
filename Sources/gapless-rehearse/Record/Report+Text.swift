extension Report {
    /// For people.
    var text: String {
        let restarts = figures.workerRestarts + figures.coordinatorRestarts
        var lines = [
            "",
            "rehearsed    \(restarts) restarts by \(signal) under \(supervisor): \(figures.workerRestarts) of workers, "
                + "\(figures.coordinatorRestarts) of the coordinator, in \(figures.rounds) rounds and "
                + "\(figures.builds) builds (seed \(seed))",
            "ranges       \(figures.ranges.scanned) scanned; \(figures.ranges.handedBack) handed back, "
                + "\(figures.ranges.cut) cut, \(figures.ranges.lost) lost with their worker and done by another",
            "durable      \(figures.ranges.redoneUnnamed) scanned again without a reason, "
                + "\(figures.ranges.redoneNamed) for a named reason",
            "queries      \(figures.answeredQueries) answered completely, \(figures.refusedQueries) refused, "
                + "\(figures.shortQueries) wrong",
            "writes       \(figures.writes)",
            "seconds      \(figures.workerSecondsLost.tenths) of a worker's time lost, "
                + "\(figures.coordinatorSecondsAway.tenths) without a coordinator; ready after "
                + figures.secondsToReady.map(\.tenths).joined(separator: ", ") + baselineText,
        ]
        lines += figures.refusals.map { "versions     \($0)" }
        for verdict in promises where isUpgrade || verdict.promise != Promise.versions.rawValue || !verdict.isKept {
            lines.append("\(verdict.isKept ? "kept    " : "NOT KEPT")     \(verdict.promise)")
            lines += verdict.breaches.map { "             ! \($0)" }
        }
        if let failure { lines.append("FAILED       \(failure)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var baselineText: String {
        figures.baselineSeconds.map { " (\($0.tenths) without restarts)" } ?? ""
    }
}
