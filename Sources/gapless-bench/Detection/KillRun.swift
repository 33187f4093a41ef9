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
        let held = try stop(victim, in: ledger, index, watch)
        let killed = Stopwatch()
        try program.children.kill(victim)
        try cluster.startWorker()
        let again = try look(ledger, index, watch) { image in
            image.ranges.first { $0.id == held.id && $0.attempt > held.attempt && $0.state != .pending }
        }
        report.add("from the kill to the next lease of its range", killed.seconds * 1_000, "ms", .lower)
        try waitForReady(store, index, watch)
        report.add("declared to ready, with the kill", watch.seconds, "s", .lower)
        // Whatever it had scanned of the range is lost with it: at most all of it.
        report.add("records of that range, scanned again", Double(again.records), "", .lower)
        let share = Double(again.records) / Double(source.options.records)
        report.add("scanned again, of all records", share * 100, "%", .lower)
        try cluster.stop()
    }

    /// Stops a worker in the middle of a range, once the scan is under way, and returns the range.
    ///
    /// It is stopped first, so that it cannot finish between the look and the kill.
    private func stop(
        _ victim: ChildProcess, in ledger: Ledger, _ index: IndexRecord, _ watch: Stopwatch
    ) throws -> RangeRow {
        while true {
            _ = try look(ledger, index, watch) { image in
                image.ranges.contains { $0.state == .scanned } ? held(by: victim, image) : nil
            }
            try victim.signal(SIGSTOP)
            // What it said before it was stopped is taken in first.
            Stopwatch.sleep(milliseconds: Self.settleMillis)
            if let image = try ledger.latestImage(ofIndex: index.id), let range = held(by: victim, image) {
                return range
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
