import Coordinator
import Glibc
import LMDB
import Ledger
import Supervision
import Tables
import Values

/// A coordinator and workers of the real program, up and knowing each other, on one database.
struct Cluster {
    /// How long the processes may take until they know each other.
    static let startSeconds = 30.0

    let program: Program
    let store: Store
    let coordinator: ChildProcess
    private(set) var workers: [ChildProcess]
    /// The logs of the workers, JSON lines.
    private(set) var logs: [String] = []
    private let logFolder: String

    @available(*, noasync)
    init(_ program: Program, _ store: Store, workers count: Int, logFolder: String)
        throws
    {
        (self.program, self.store, self.logFolder) = (program, store, logFolder)
        coordinator = try program.start("coordinator")
        workers = []
        for _ in 0..<count { try startWorker() }
        try waitForWorkers(count)
    }

    /// One more worker.
    mutating func startWorker() throws {
        let log = "\(logFolder)/worker-\(workers.count).log"
        logs.append(log)
        // Two lines a piece of work: that takes no time.
        let flags = ["--log-level", "debug", "--log-format", "json", "--log-file", log]
        workers.append(try program.start(["worker"] + flags))
    }

    private func waitForWorkers(_ count: Int) throws {
        let watch = Stopwatch()
        while try LiveStatus.read(of: store)?.workers.count(where: { $0.state == "idle" }) ?? 0 < count {
            try program.children.requireRunning()
            guard watch.seconds < Self.startSeconds else {
                throw BenchFailure("the workers did not find their coordinator within \(Int(Self.startSeconds)) s")
            }
            Stopwatch.sleep(milliseconds: 10)
        }
    }

    /// Declares an index on each field, all in one transaction.
    func declare(_ fields: [FieldPath]) throws -> [IndexRecord] {
        try store.write { txn in
            try fields.map { field in
                let definition = IndexDefinition(fields: [field])
                guard case .created(let index) = try store.declareIndex(on: SourceTable.name, definition, in: txn)
                else { throw BenchFailure("an index on \(field) exists already in \(program.directory)") }
                return index
            }
        }
    }

    func stop() throws { try program.children.stopAll() }
}
