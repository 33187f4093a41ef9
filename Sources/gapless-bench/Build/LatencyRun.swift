import Tables
import Values

/// Indexes of a small table, one after the other, beside a coordinator and workers that are up.
struct LatencyRun {
    /// Between two looks at the catalog: what is measured is that much too long at most.
    private static let lookNanoseconds: UInt64 = 300_000
    /// How long an index of a small table may take.
    private static let secondsMax = 60.0

    let source: SourceTable
    let field: FieldPath
    let rounds: Int

    @available(*, noasync)
    func run() throws -> BenchReport {
        var report = BenchReport("latency", settings: source.options.settings)
        let program = try source.bench.program(on: source.copy())
        let store = try Store.open(at: program.directory)
        let cluster = try Cluster(program, store, workers: source.options.workers, logFolder: source.logFolder())
        for _ in 1...rounds {
            let watch = Stopwatch()
            let index = try cluster.declare([field])[0]
            try wait(until: "ready", watch) { try $0.index(id: index.id).ready != nil }
            report.add("declared to ready", watch.seconds * 1_000, "ms", .lower)
            try store.write { txn in try store.dropIndex(index.fullName, in: txn) }
            let dropping = Stopwatch()
            try wait(until: "gone", dropping) { catalog in
                !catalog.indexes(of: try catalog.table(SourceTable.name)).contains { $0.id == index.id }
            }
        }
        try cluster.stop()
        return report

        func wait(until what: String, _ watch: Stopwatch, _ isSo: (Catalog) throws -> Bool) throws {
            while try !store.read({ txn in try isSo(store.catalog(in: txn)) }) {
                try program.children.requireRunning()
                guard watch.seconds < Self.secondsMax else {
                    throw BenchFailure("an index of a small table was not \(what) within \(Int(Self.secondsMax)) s")
                }
                Stopwatch.sleep(until: Stopwatch.nanoseconds() + Self.lookNanoseconds)
            }
        }
    }
}
