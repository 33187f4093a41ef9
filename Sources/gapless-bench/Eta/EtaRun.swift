import Backfill
import Coordinator
import Tables
import Values

/// A build whose status is looked at again and again, as a person or a dashboard does.
struct EtaRun {
    /// Between two looks at the status; the coordinator writes it four times a second.
    private static let lookNanoseconds: UInt64 = 100_000_000

    let source: SourceTable
    let fields: [FieldPath]
    /// Records a second that the build is held to; nil: as fast as it goes.
    let pace: UInt64?

    @available(*, noasync)
    func run() throws -> EtaSeries {
        let program = try source.bench.program(on: source.copy())
        if let pace { _ = try program.capture("throttle", "--records-per-second", "\(pace)") }
        let store = try Store.open(at: program.directory)
        let cluster = try Cluster(program, store, workers: source.options.workers, logFolder: source.logFolder())
        var series = EtaSeries()
        let watch = Stopwatch()
        let indexes = try cluster.declare(fields)
        var next = Stopwatch.nanoseconds()
        var phases = PhaseWatch(store, indexes)
        _ = try phases.wait {
            guard Stopwatch.nanoseconds() >= next else { return }
            next += Self.lookNanoseconds
            try program.children.requireRunning()
            series.add(try sample(store, indexes, at: watch.seconds))
        }
        series.duration = watch.seconds
        try cluster.stop()
        return series
    }

    /// What `gapless status --json` would show as `job.progress` and `job.etaSeconds`, without its process.
    private func sample(_ store: Store, _ indexes: [IndexRecord], at seconds: Double) throws -> EtaSeries.Sample {
        let builds = try LiveStatus.read(of: store)?.builds ?? []
        let ours = indexes.compactMap { index in builds.first { $0.index.index == index.id } }
        // All are ready when the last one is. One that is not shown yet has no time to go either.
        let eta = ours.count == indexes.count && ours.allSatisfy { $0.etaSeconds != nil }
        return EtaSeries.Sample(
            seconds: seconds, etaSeconds: eta ? ours.compactMap(\.etaSeconds).max().map(Double.init) : nil,
            progress: ours.map(\.progress.progress))
    }
}
