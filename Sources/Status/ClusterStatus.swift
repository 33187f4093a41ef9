internal import Backfill
internal import Coordinator
internal import LMDB
internal import Ledger
internal import Runtime
package import Tables

/// What `status` tells.
package struct ClusterStatus: Encodable {
    package struct CoordinatorCell: Encodable {
        package let running: Bool
        package let pid: Int32?
        package let epoch: UInt64?
        package let version: String?
        /// Since it last wrote its live status.
        package let lastSeenSeconds: Double?

        private enum Key: String, CodingKey { case running, pid, epoch, version, lastSeenSeconds }

        /// A field that has no value is null, and there.
        package func encode(to encoder: any Encoder) throws {
            var cells = encoder.container(keyedBy: Key.self)
            try cells.encode(running, forKey: .running)
            try cells.encode(pid, forKey: .pid)
            try cells.encode(epoch, forKey: .epoch)
            try cells.encode(version, forKey: .version)
            try cells.encode(lastSeenSeconds, forKey: .lastSeenSeconds)
        }
    }

    package struct WorkerCell: Encodable {
        package let pid: Int32
        package let host: String
        package let incarnation: String
        package let state: String
        package let range: UInt64?
        package let lastSeenSeconds: Double
        package let version: String
        package let problem: String?

        private enum Key: String, CodingKey {
            case pid, host, incarnation, state, range, lastSeenSeconds, version, problem
        }

        package func encode(to encoder: any Encoder) throws {
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

    /// What a worker may be doing, as `WorkerCell.state` has it.
    package static let workerStates = ["idle", "scanning", "loading", "draining", "leaving", "awaited", "refused"]

    package let database: String
    package let coordinator: CoordinatorCell
    package let workers: [WorkerCell]
    package let indexes: [IndexSummary]
    package let problems: [String]

    package init(of store: Store) throws {
        let ledger = Ledger(store)
        let live = try LiveStatus.read(of: store)
        let isRunning = try LiveStatus.isCoordinatorRunning(in: store.directory)
        let office = try ledger.office()
        let silence = live.map { max(0, ShellClock().now().millisecondsSince($0.at)) }
        database = store.directory
        coordinator = CoordinatorCell(
            running: isRunning, pid: isRunning ? office?.incarnation.pid : nil, epoch: office?.epoch,
            version: isRunning ? office?.program : nil, lastSeenSeconds: silence.map { Double($0) / 1_000 })
        workers = (live?.workers ?? []).map { worker in
            // A coordinator that hangs writes nothing: what it last said of a worker gets older with it.
            let age = (live?.at.millisecondsSince(worker.lastSeen) ?? 0) + (silence ?? 0)
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
        problems =
            [try WriteLock.stall(store.environment.writerGate)].compactMap(\.self)
            + ClusterStatus.problems(isRunning: isRunning, workers: workers, indexes: indexes, live: live)
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
            let since = live?.noWorkerSince.map { max(ShellClock().now().millisecondsSince($0), 0) / 1_000 }
            problems.append(
                "\(waiting.count) indexes wait for a worker\(since.map { "; none for \($0) s" } ?? ""): "
                    + "start one with gapless worker")
        }
        for worker in workers {
            if let problem = worker.problem { problems.append("worker \(worker.pid): \(problem)") }
        }
        for index in indexes {
            if let suspect = index.suspect { problems.append("\(index.index) is suspect: it was \(suspect)") }
            for error in index.blockedBy.errors { problems.append("\(index.index) is blocked: \(error)") }
        }
        if let problem = live?.lastProblem, !problems.contains(problem) { problems.append("last problem: \(problem)") }
        return problems
    }
}
