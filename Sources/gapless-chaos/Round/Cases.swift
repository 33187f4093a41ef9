/// The interesting cases, and how often each has occurred: chaos that never kills a loader proves nothing about one.
struct Cases {
    enum Case: String, CaseIterable {
        case workerKilled = "worker killed"
        case loaderKilled = "loader killed between two commits"
        case workerStopped = "worker stopped and continued"
        case workerTerminated = "worker asked to leave"
        case lateResultRefused = "late result refused"
        case leaseExpired = "lease of a silent worker given to another"
        case rangeDied = "range of a dead worker given to another"
        case rangeReleased = "range handed back by a leaving worker"
        case coordinatorKilled = "coordinator killed"
        case coordinatorStopped = "coordinator stopped and continued"
        case takeover = "standby took over"
        case diskFull = "disk full, and room again"
        case callFailed = "call of the store or of a file made to fail"
        case stepRetried = "step repeated after a passing failure"
        case blockedAndRetried = "index blocked by an error, then retried"
        case queryRefused = "query refused while an index was not ready"
        case queryAnswered = "query answered completely"
        case writeDuringBuild = "write during a build"
        case publishRaced = "write under way when an index became ready"
        case writeFailed = "write that failed or was cut off"
    }

    private var counts: [Case: Int] = [:]

    mutating func note(_ found: Case, times: Int = 1) {
        if times > 0 { counts[found, default: 0] += times }
    }

    mutating func add(_ other: Cases) {
        for (found, count) in other.counts { note(found, times: count) }
    }

    func count(_ found: Case) -> Int { counts[found] ?? 0 }

    /// Cases that never occurred.
    var missing: [Case] { Case.allCases.filter { count($0) == 0 } }

    var table: String {
        Case.allCases.map { found in
            let number = "\(count(found))"
            return String(repeating: " ", count: max(8 - number.count, 1)) + number + "  " + found.rawValue
        }.joined(separator: "\n")
    }
}
