import Backfill
import Values

/// The coordinator's decisions alone, in this process: no socket, no file; workers that answer at once.
struct CoreRun {
    let workers: Int
    let ranges: Int
    /// Messages applied before the core is asked what to do next; the shell takes up to a thousand.
    let batch: Int
    /// Ends earlier if it takes longer.
    let secondsMax: Double

    private static let environment = Nonce(high: 1, low: 2)
    private static let index = JobIndex(index: 1, generation: 1, fingerprint: "00")

    func run() -> BenchReport {
        var report = BenchReport(
            "coordinator",
            settings: [
                "workers": Figure.grouped(UInt64(workers)), "ranges": Figure.grouped(UInt64(ranges)),
                "batch": "\(batch)", "cores": "\(Machine.cores)",
            ])
        let memory = Self.memoryBytes()
        let watch = Stopwatch()
        var session = Session(core: takeOffice())
        report.add("taking office with all ranges", watch.seconds, "s", .lower)
        report.add("memory of a range", (Self.memoryBytes() - memory) / Double(ranges), "bytes", .lower)
        let joining = Stopwatch()
        join(&session)
        report.add("workers that join", Double(workers) / joining.seconds, "1/s", .higher)
        let beating = Stopwatch()
        beat(&session)
        report.add("heartbeats", Double(workers) / beating.seconds, "1/s", .higher)
        let working = Stopwatch()
        var longest: UInt64 = 0
        while session.scanned < ranges, working.seconds < secondsMax {
            longest = max(longest, scan(&session))
        }
        // A range is handed out and its result taken: two operations.
        report.add("range operations", Double(2 * session.scanned) / working.seconds, "1/s", .higher)
        report.add("ranges scanned", Double(session.scanned), "", .higher)
        report.add("rows to store of a range", Double(session.writes) / Double(max(session.scanned, 1)), "", .lower)
        report.add("longest batch", Double(longest) / 1e6, "ms", .lower)
        report.add("memory in the end", Self.memoryBytes() / 1_048_576, "MiB", .lower)
        if session.scanned < ranges { report.note("ended after \(Figure.decimal(secondsMax, places: 0)) s") }
        return report
    }

    private struct Session {
        var core: Coordinator
        var now = Instant(milliseconds: 1_000)
        /// Grants that no worker has answered yet, oldest first.
        var grants: [(worker: Nonce, grant: Grant)] = []
        var scanned = 0
        var writes = 0

        /// What the shell does with a batch.
        mutating func step(_ events: [Event]) {
            var effects = Effects()
            for event in events { core.apply(event, at: now, into: &effects) }
            core.advance(at: now, into: &effects)
            writes += effects.writes.count
            for send in effects.sends {
                if case .grant(let grant) = send.message { grants.append((send.worker, grant)) }
            }
        }
    }

    /// All ranges stand in the ledger, as after the discovery, and none has been scanned.
    private func takeOffice() -> Coordinator {
        var row = JobRow(
            id: 1, table: 1, indexes: [Self.index], openedAt: Instant(milliseconds: 0),
            recordsTotal: UInt64(ranges) * 131_072)
        row.isDiscovered = true
        let rows = (0..<ranges).map { number in
            let start = number == 0 ? nil : Self.key(number)
            let end = number == ranges - 1 ? nil : Self.key(number + 1)
            let interval = KeyInterval(start: start, end: end)
            return RangeRow(job: 1, id: RangeID(number), interval: interval, records: 131_072)
        }
        return Coordinator(
            epoch: 1, environment: Self.environment, program: "bench", extractorVersion: EntryExtractor.version,
            jobs: [JobImage(row: row, ranges: rows, builds: [BuildRow(job: 1, index: 0)])], nextJob: 2, seed: 1,
            now: Instant(milliseconds: 0))
    }

    private func join(_ session: inout Session) {
        session.step([.catalog([Demand(table: 1, index: Self.index, state: .building, records: 1)])])
        for first in stride(from: 0, to: workers, by: batch) {
            session.step((first..<min(first + batch, workers)).map { .message(hello($0)) })
        }
    }

    private func hello(_ number: Int) -> WorkerEnvelope {
        let incarnation = Incarnation(
            host: "host-\(number % 100)", bootID: "boot", pid: Int32(number + 1), startTicks: UInt64(number),
            startedAt: Instant(milliseconds: 0), nonce: Self.nonce(number))
        let hello = Hello(
            protocolVersion: BuildProtocol.version, program: "bench", extractorVersion: EntryExtractor.version,
            incarnation: incarnation, environment: Self.environment, holding: nil)
        return WorkerEnvelope(sender: Self.nonce(number), epoch: 0, message: .hello(hello))
    }

    private func beat(_ session: inout Session) {
        for first in stride(from: 0, to: session.grants.count, by: batch) {
            let some = session.grants[first..<min(first + batch, session.grants.count)]
            session.step(
                some.map { worker, grant in
                    let beat = Heartbeat(
                        lease: grant.lease, isLeaving: false, position: grant.interval.start, records: 1, entries: 1,
                        retries: 0)
                    return .message(WorkerEnvelope(sender: worker, epoch: 1, message: .heartbeat(beat)))
                })
        }
    }

    /// One batch of results; returns the nanoseconds that the core took.
    private func scan(_ session: inout Session) -> UInt64 {
        let events = session.grants.prefix(batch).compactMap { worker, grant -> Event? in
            guard case .scan = grant.lease.item else { return nil }
            let run = RunSummary(file: "run", bytes: 4_000_000, digest: .zero, checksum: 0)
            let result = ScanResult(
                lease: grant.lease, interval: grant.interval, runs: [run], records: 131_072, snapshotMin: 1,
                snapshotMax: 1, badRecords: [], badRecordsCount: 0, retries: 0)
            return .message(WorkerEnvelope(sender: worker, epoch: 1, message: .scanned(result)))
        }
        session.grants.removeFirst(min(batch, session.grants.count))
        session.scanned += events.count
        session.now = session.now.advanced(byMilliseconds: 1)
        let start = Stopwatch.nanoseconds()
        session.step(events)
        return Stopwatch.nanoseconds() - start
    }

    private static func nonce(_ number: Int) -> Nonce {
        Nonce(high: RandomSource.mixed(UInt64(number) &+ 1), low: UInt64(number))
    }

    private static func key(_ number: Int) -> Key {
        Key((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }

    private static func memoryBytes() -> Double {
        let use = ProcessUse([ProcessUse.ownPID])
        use.sample()
        return Double(use.seen[0].bytes)
    }
}
