import Coordinator
import Glibc
import LMDB
import Supervision
import Tables
import Values

/// One measurement from an empty folder to ready indexes, with processes of the real program.
struct FloorsRun {
    static let table = "bench"
    /// How long the application's writer is measured without a build.
    static let quietMillis: UInt64 = 3_000
    /// How long the processes may take until they know each other.
    static let startSeconds = 30.0

    let records: UInt64
    let workers: Int
    let seed: UInt64
    let fields: [FieldPath]
    let hasWriter: Bool
    let folder: WorkFolder
    let program: Program
    /// Told what comes next, in a line.
    let say: (String) -> Void

    func run() throws -> FloorsFigures {
        let load = Self.loadAverage()
        let imported = try importIfMissing()
        let store = try Store.open(at: folder.database)
        let writer = ApplicationWriter(
            store, table: Self.table, generator: RecordGenerator(seed: seed), records: records)
        var figures = FloorsFigures(records: records, workers: workers, importSeconds: imported, loadAverage: load)
        if hasWriter {
            say("an application writes alone")
            try writer.start()
            Stopwatch.sleep(milliseconds: Self.quietMillis)
            figures.writerAlone = try writer.takeWaits()
        }
        defer { if hasWriter { writer.stop() } }
        try build(in: store, writer, &figures)
        return figures
    }

    /// Seconds of the import; nil if the database was there already.
    private func importIfMissing() throws -> Double? {
        let creation = try Store.open(at: folder.database, creation: .ifMissing)
        let existing: Int? = try creation.read { txn in
            guard let table = try creation.catalog(in: txn).tableIfPresent(Self.table) else { return nil }
            return try creation.recordsCount(of: table, in: txn)
        }
        if let existing {
            guard existing == Int(records) else {
                throw BenchFailure("\(folder.database) holds \(existing) records, not \(records): choose another --db")
            }
            return nil
        }
        _ = try creation.write { txn in
            try creation.createTable(Self.table, keyField: FieldPath("id"), in: txn)
        }
        say("generating \(Figure.grouped(records)) records")
        try DataSetFile(records: records, seed: seed).write(toFile: folder.input)
        say("importing them")
        let watch = Stopwatch()
        try program.run("import", Self.table, folder.input)
        let seconds = watch.seconds
        try folder.removeInput()
        return seconds
    }

    private func build(in store: Store, _ writer: ApplicationWriter, _ figures: inout FloorsFigures) throws {
        let coordinator = try program.start("coordinator")
        let children = try (0..<workers).map { _ in try program.start("worker") }
        try waitForWorkers(in: store)
        let memory = ProcessMemory(children.map(\.pid))
        let coordinatorMemory = ProcessMemory([coordinator.pid])
        say("building \(fields.map(\.text).joined(separator: ", ")) with \(workers) workers")
        if hasWriter { _ = try writer.takeWaits() }
        let watch = Stopwatch()
        let declaredAt = Stopwatch.epochMilliseconds()
        let indexes = try declare(in: store)
        var phaseWatch = PhaseWatch(store, indexes)
        let phases = try phaseWatch.wait {
            memory.sample()
            coordinatorMemory.sample()
            try program.requireRunning()
        }
        figures.wallSeconds = watch.seconds
        if hasWriter { figures.writerDuringBuild = try writer.takeWaits() }
        figures.noticeSeconds = Double(phases.openedAt - declaredAt) / 1_000
        figures.phases = phases
        figures.workerProcesses = memory.seen
        figures.coordinatorProcess = coordinatorMemory.seen.first
        figures.indexBytes = try indexBytes(indexes, in: store)
        try program.stopAll()
    }

    private static func loadAverage() -> Double {
        var averages = [0.0]
        return getloadavg(&averages, 1) == 1 ? averages[0] : 0
    }

    private func declare(in store: Store) throws -> [IndexRecord] {
        try store.write { txn in
            try fields.map { field in
                let definition = IndexDefinition(fields: [field])
                guard case .created(let index) = try store.declareIndex(on: Self.table, definition, in: txn) else {
                    throw BenchFailure("an index on \(field) exists already: drop it, or choose another --db")
                }
                return index
            }
        }
    }

    private func waitForWorkers(in store: Store) throws {
        let watch = Stopwatch()
        while try LiveStatus.read(of: store)?.workers.count(where: { $0.state == "idle" }) ?? 0 < workers {
            try program.requireRunning()
            guard watch.seconds < Self.startSeconds else {
                throw BenchFailure("the workers did not find their coordinator within \(Int(Self.startSeconds)) s")
            }
            Stopwatch.sleep(milliseconds: 10)
        }
    }

    private func indexBytes(_ indexes: [IndexRecord], in store: Store) throws -> UInt64 {
        try store.read { txn in
            try indexes.reduce(0) { sum, index in
                let name = Store.indexDatabase(index: index.id, generation: index.lastGenerationNumber)
                let statistics = try txn.statistics(of: txn.database(name))
                let pages = statistics.branchPages + statistics.leafPages + statistics.overflowPages
                return sum + UInt64(pages * statistics.pageBytes)
            }
        }
    }
}
