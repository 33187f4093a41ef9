import Backfill
import Glibc
import Ledger
import Supervision
import Tables
import Values

/// A worker killed while it scans: how soon its range is another's, and how much is done again for it.
struct KillRun {
    /// Between two looks at the ledger: what is measured is that much too long at most.
    private static let lookMillis: UInt64 = 2
    /// How long a message that has been sent may take to be acted upon.
    private static let settleMillis: UInt64 = 50
    /// How long a build may take.
    private static let secondsMax = 600.0
    static let nextLease = "from the kill to the next lease of its range"
    static let workLost = "time that the killed worker had spent on its range, at most"

    /// A range in a worker's hands, and since when at the earliest, in nanoseconds of the monotonic clock.
    private struct Held {
        let range: RangeRow
        let since: UInt64

        func isSame(as other: RangeRow?) -> Bool { range.id == other?.id && range.attempt == other?.attempt }
    }

    let source: SourceTable
    let field: FieldPath

    @available(*, noasync)
    func run(into report: inout BenchReport) throws {
        let program = try source.bench.program(on: source.copy())
        let store = try Store.open(at: program.directory)
        let ledger = Ledger(store)
        // A process that was killed is no failure here: workers and coordinator are looked after by the ledger alone.
        var cluster = try Cluster(program, store, workers: source.options.workers, logFolder: source.logFolder())
        let index = try cluster.declare([field])[0]
        let watch = Stopwatch()
        let victim = cluster.workers[0]
        let (held, spentNanoseconds) = try stop(victim, in: ledger, index, watch)
        let killed = Stopwatch()
        try program.children.kill(victim)
        try cluster.startWorker()
        let again = try look(ledger, index, watch) { image in
            image.ranges.first { $0.id == held.id && $0.attempt > held.attempt && $0.state != .pending }
        }
        report.add(Self.nextLease, killed.seconds * 1_000, "ms", .lower)
        try waitForReady(store, index, watch)
        report.add("declared to ready, with the kill", watch.seconds, "s", .lower)
        report.add(Self.workLost, Double(spentNanoseconds) / 1e6, "ms", .lower)
        // Whatever it had scanned of the range is lost with it: at most all of it.
        report.add("records of that range, scanned again", Double(again.records), "", .lower)
        let share = Double(again.records) / Double(source.options.records)
        report.add("scanned again, of all records", share * 100, "%", .lower)
        try cluster.stop()
    }

    /// Stops a worker in the middle of a range, once the scan is under way; returns the range, and the nanoseconds
    /// that it had been in its hands, with the time between two looks: no more than that is lost.
    ///
    /// It is stopped first, so that it cannot finish between the look and the kill.
    private func stop(
        _ victim: ChildProcess, in ledger: Ledger, _ index: IndexRecord, _ watch: Stopwatch
    ) throws -> (range: RangeRow, spentNanoseconds: UInt64) {
        var seen: Held?
        var looked = Stopwatch.nanoseconds()
        while true {
            _ = try look(ledger, index, watch) { image in
                let range = held(by: victim, image)
                // It was handed out after the look before.
                if seen?.isSame(as: range) != true { seen = range.map { Held(range: $0, since: looked) } }
                looked = Stopwatch.nanoseconds()
                return image.ranges.contains { $0.state == .scanned } ? range : nil
            }
            try victim.signal(SIGSTOP)
            let stopped = Stopwatch.nanoseconds()
            // What it said before it was stopped is taken in first.
            Stopwatch.sleep(milliseconds: Self.settleMillis)
            if let image = try ledger.latestImage(ofIndex: index.id), let range = held(by: victim, image) {
                let since = seen.flatMap { $0.isSame(as: range) ? $0.since : nil } ?? looked
                return (range, stopped - min(since, stopped))
            }
            try victim.signal(SIGCONT)
        }
    }

    private func held(by worker: ChildProcess, _ image: JobImage) -> RangeRow? {
        image.ranges.first { $0.state == .leased && $0.owner?.pid == worker.pid }
    }

    private func look<R>(
        _ ledger: Ledger, _ index: IndexRecord, _ watch: Stopwatch, _ find: (JobImage) -> R?
    ) throws -> R {
        while true {
            if let image = try ledger.latestImage(ofIndex: index.id) {
                if let found = find(image) { return found }
                guard image.builds.allSatisfy({ $0.stage == .waiting }) else {
                    throw BenchFailure("the scan was over before a worker could be killed in it: give more --records")
                }
            }
            try pause(watch)
        }
    }

    private func waitForReady(_ store: Store, _ index: IndexRecord, _ watch: Stopwatch) throws {
        while try store.read({ txn in try store.catalog(in: txn).index(id: index.id).ready == nil }) {
            try pause(watch)
        }
    }

    private func pause(_ watch: Stopwatch) throws {
        guard watch.seconds < Self.secondsMax else {
            throw BenchFailure("the build with a killed worker did not end within \(Int(Self.secondsMax)) s")
        }
        Stopwatch.sleep(milliseconds: Self.lookMillis)
    }
}
