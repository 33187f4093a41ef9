import Backfill
import Coordinator
import Ledger
import Tables

/// What `status` tells.
struct ClusterStatus: Encodable {
    struct CoordinatorCell: Encodable {
        let running: Bool
        let pid: Int32?
        let epoch: UInt64?
        let version: String?
    }

    struct WorkerCell: Encodable {
        let pid: Int32
        let host: String
        let incarnation: String
        let state: String
        let range: UInt64?
        let lastSeenSeconds: Double
        let version: String
        let problem: String?

        private enum Key: String, CodingKey {
            case pid, host, incarnation, state, range, lastSeenSeconds, version, problem
        }

        func encode(to encoder: any Encoder) throws {
            var cells = encoder.container(keyedBy: Key.self)
            try cells.encode(pid, forKey: .pid)
            try cells.encode(host, forKey: .host)
            try cells.encode(incarnation, forKey: .incarnation)
            try cells.encode(state, forKey: .state)
            try cells.encode(range, forKey: .range)
            try cells.encode(lastSeenSeconds, forKey: .lastSeenSeconds)
            try cells.encode(version, forKey: .version)
            try cells.encodeIfPresent(problem, forKey: .problem)
        }
    }

    let database: String
    let coordinator: CoordinatorCell
    let workers: [WorkerCell]
    let indexes: [IndexSummary]
    let problems: [String]

    init(of store: Store) throws {
        let ledger = Ledger(store)
        let live = try LiveStatus.read(of: store)
        let isRunning = try LiveStatus.isCoordinatorRunning(in: store.directory)
        let office = try ledger.office()
        database = store.directory
        coordinator = CoordinatorCell(
            running: isRunning, pid: isRunning ? office?.incarnation.pid : nil, epoch: office?.epoch,
            version: isRunning ? office?.program : nil)
        workers = (live?.workers ?? []).map { worker in
            let age = live.map { $0.at.millisecondsSince(worker.lastSeen) } ?? 0
            return WorkerCell(
                pid: worker.pid, host: worker.host, incarnation: worker.incarnation.hex, state: worker.state,
                range: worker.range, lastSeenSeconds: Double(max(age, 0)) / 1_000, version: worker.version,
                problem: worker.problem)
        }
        let records = try store.read { txn in
            try store.catalog(in: txn).indexes.map { ($0, try IndexSummary($0, in: store, txn)) }
        }
        indexes = try records.map { record, summary in
            var summary = summary
            summary.job = try JobSummary.latest(of: record, ledger: ledger, live: live)
            return summary
        }
        problems = ClusterStatus.problems(isRunning: isRunning, workers: workers, indexes: indexes, live: live)
    }

    /// What an operator should know, each with what to do.
    private static func problems(
        isRunning: Bool, workers: [WorkerCell], indexes: [IndexSummary], live: LiveStatus?
    ) -> [String] {
        var problems: [String] = []
        let waiting = indexes.filter { $0.isUnderWay }
        if !waiting.isEmpty, !isRunning {
            problems.append(
                "\(waiting.count) indexes wait for a coordinator: start one with gapless build or gapless up")
        } else if !waiting.isEmpty, workers.allSatisfy({ $0.state == "refused" || $0.state == "awaited" }) {
            problems.append("\(waiting.count) indexes wait for a worker: start one with gapless worker")
        }
        for worker in workers {
            if let problem = worker.problem { problems.append("worker \(worker.pid): \(problem)") }
        }
        for index in indexes {
            for error in index.blockedBy.errors { problems.append("\(index.index) is blocked: \(error)") }
        }
        if let problem = live?.lastProblem, !problems.contains(problem) { problems.append("last problem: \(problem)") }
        return problems
    }

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
            if index.isUnderWay, let job = index.job { line += "; \(job.text)" }
            lines.append(line)
        }
        lines += problems.map { "!            \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
