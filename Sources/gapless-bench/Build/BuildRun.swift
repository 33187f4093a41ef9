import Glibc
import LMDB
import Ledger
import Supervision
import Tables
import Values

/// One build of indexes in a database that has none, with processes of the real program.
struct BuildRun {
    /// How long the application's writer is measured without a build.
    static let quietMillis: UInt64 = 3_000

    let program: Program
    let workers: Int
    let fields: [FieldPath]
    /// An application that writes meanwhile: made from these records.
    var writer: (generator: RecordGenerator, records: UInt64)?
    /// Where workers log what they do.
    let logFolder: String

    @available(*, noasync)
    func run() throws -> BuildFigures {
        let store = try Store.open(at: program.directory)
        let application = writer.map {
            ApplicationWriter(store, table: SourceTable.name, generator: $0.generator, records: $0.records)
        }
        var figures = BuildFigures()
        if let application {
            try application.start()
            Stopwatch.sleep(milliseconds: Self.quietMillis)
            figures.writerAlone = try application.takeWaits()
        }
        defer { application?.stop() }
        try build(in: store, application, &figures)
        return figures
    }

    private func build(in store: Store, _ writer: ApplicationWriter?, _ figures: inout BuildFigures) throws {
        let cluster = try Cluster(program, store, workers: workers, logFolder: logFolder)
        let use = ProcessUse([cluster.coordinator.pid] + cluster.workers.map(\.pid))
        use.sample()
        let before = use.seen
        if let writer { _ = try writer.takeWaits() }
        let transactions = try lastTransaction(in: store)
        let watch = Stopwatch()
        let declaredAt = Stopwatch.epochMilliseconds()
        let indexes = try cluster.declare(fields)
        var phaseWatch = PhaseWatch(store, indexes)
        let phases = try phaseWatch.wait {
            use.sampleMemory()
            try program.children.requireRunning()
        }
        figures.seconds = watch.seconds
        use.sample()
        if let writer { figures.writerDuringBuild = try writer.takeWaits() }
        figures.noticeSeconds = Double(phases.openedAt - declaredAt) / 1_000
        figures.phases = phases
        figures.transactions = try lastTransaction(in: store) - transactions
        figures.indexBytes = try indexBytes(indexes, in: store)
        figures.drainSeconds = try drainSeconds(of: indexes, in: store)
        figures.retries = try indexes.reduce(0) {
            try $0 + (Ledger(store).history(of: $1.fullName).first?.retries ?? 0)
        }
        try cluster.stop()
        for log in cluster.logs {
            try figures.times.add(log: String(decoding: FileText.bytes(of: log), as: UTF8.self))
        }
        figures.use(of: use.seen, since: before)
    }

    /// The longest of the drains, by the ledger.
    private func drainSeconds(of indexes: [IndexRecord], in store: Store) throws -> Double {
        let drains = try indexes.compactMap { try Ledger(store).history(of: $0.fullName).first?.phases.drain }
        return Double(drains.max() ?? 0) / 1_000
    }

    private func lastTransaction(in store: Store) throws -> UInt64 { try store.read { UInt64($0.id) } }

    private func indexBytes(_ indexes: [IndexRecord], in store: Store) throws -> UInt64 {
        try store.read { txn in
            try indexes.reduce(0) { sum, index in
                let entries = try store.entries(of: index, generation: index.lastGenerationNumber, in: txn)
                return sum + UInt64(try txn.wholeStatistics(of: entries).bytes)
            }
        }
    }
}
