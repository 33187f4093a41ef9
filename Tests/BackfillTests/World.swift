// Goal: drive the coordinator and worker sessions by hand, one event at a time, over a small table of one-byte keys.
// Method: a world that stores what the core tells it to store, answers its requests from the table, and delivers
// messages only when told to. No clock but `now`, no randomness but the seed.

import Backfill
import Testing
import Values

/// A table, a ledger, a coordinator and its workers, all in memory.
struct World {
    var keys: [UInt8]
    var now = Instant(milliseconds: 1_000_000)
    var coordinator: Coordinator
    var ledger = MemoryLedger()
    var demands: [Demand]
    var workers: [Int32: WorkerSession] = [:]
    var started: [Int32: Grant] = [:]
    var toWorkers: [(Int32, CoordinatorEnvelope)] = []
    var requests: [Request] = []
    var notes: [Note] = []
    var published: [Int] = []
    var discarded: [Lease] = []
    var publishOutcome: PublishOutcome?
    /// Indexes that workers do not find in the catalog, by their places: dropped.
    var droppedPlaces: Set<Int> = []
    /// Whether publishing stays under way until the test answers it itself.
    var holdsPublishing = false
    /// Of the latest discovery.
    var recordsAskedFor: Int?
    let environment = Nonce(high: 7, low: 7)

    init(keys: [UInt8], indexes: Int = 1, recordsPerRange: Int = 4) {
        self.keys = keys
        demands = (0..<indexes).map {
            Demand(
                table: 1, index: JobIndex(index: UInt64($0 + 1), generation: 1, fingerprint: "f\($0)"),
                state: .building, records: UInt64(keys.count))
        }
        coordinator = World.coordinator(epoch: 1, [], 1, recordsPerRange, environment, now)
    }

    static func coordinator(
        epoch: Epoch, _ jobs: [JobImage], _ nextJob: JobID, _ recordsPerRange: Int, _ environment: Nonce,
        _ now: Instant,
        extractorVersion: UInt32 = 1
    ) -> Coordinator {
        var limits = Limits()
        limits.recordsPerRange = recordsPerRange
        return Coordinator(
            epoch: epoch, environment: environment, program: "test", extractorVersion: extractorVersion, jobs: jobs,
            nextJob: nextJob,
            limits: limits, seed: 1, now: now)
    }

    // MARK: Events

    mutating func apply(_ events: Event...) {
        var effects = Effects()
        for event in events { coordinator.apply(event, at: now, into: &effects) }
        coordinator.advance(at: now, into: &effects)
        ledger.apply(effects.writes)
        notes += effects.notes
        requests += effects.requests
        for send in effects.sends {
            let pid = workers.values.first { $0.identity.incarnation.nonce == send.worker }?.identity.incarnation.pid
            toWorkers.append((pid ?? -1, CoordinatorEnvelope(epoch: coordinator.epoch, message: send.message)))
        }
    }

    /// Answers requests and delivers messages to workers until nothing is left to deliver. Workers do no work.
    mutating func settle() {
        while !requests.isEmpty || !toWorkers.isEmpty {
            if !requests.isEmpty { answer(requests.removeFirst()) }
            if !toWorkers.isEmpty {
                let (pid, envelope) = toWorkers.removeFirst()
                if workers[pid] != nil { tell(pid, .received(envelope)) }
            }
        }
    }

    mutating func answer(_ request: Request) {
        switch request {
        case .discover(let job, _, let from, let records):
            recordsAskedFor = records
            let rest = keys.filter { KeyInterval(start: from, end: nil).contains(Key([$0])) }.sorted()
            let boundary = rest.count > records ? Key([rest[records]]) : nil
            apply(.discovered(job: job, from: from, boundary: boundary, records: UInt64(min(rest.count, records))))
        case .middle(let job, _, let range, let interval):
            let inside = keys.sorted().filter { interval.contains(Key([$0])) }
            let cut = inside.count > 1 ? Key([inside[inside.count / 2]]) : nil
            apply(.middle(job: job, range: range, cut: cut))
        case .publish where holdsPublishing: break
        case .publish(let job, _, _, let place):
            apply(.publish(job: job, place: place, tryProof(job: job, place: place)))
        case .removeRuns, .removeJob: break
        }
    }

    /// What the publishing transaction does, from stored rows alone.
    mutating func tryProof(job: JobID, place: Int) -> PublishOutcome {
        if let outcome = publishOutcome { return outcome }
        guard let image = ledger.image(of: job), var build = image.builds.first(where: { $0.index == place }) else {
            return .gone
        }
        let doubts = Proof.doubts(index: place, ranges: image.ranges, build: build, transaction: 1_000)
        guard doubts.isEmpty else { return .unproved(doubts) }
        build.stage = .published
        ledger.apply([.build(build)])
        published.append(place)
        return .published(entries: build.digest?.count ?? 0)
    }

    // MARK: Workers

    mutating func hire(
        _ pid: Int32, nonce: UInt64? = nil, protocolVersion: UInt32 = BuildProtocol.version, extractor: UInt32 = 1
    ) {
        let incarnation = Incarnation(
            host: "host", bootID: "boot", pid: pid, startTicks: 1, startedAt: now,
            nonce: Nonce(high: 0, low: nonce ?? UInt64(pid)))
        let hello = Hello(
            protocolVersion: protocolVersion, program: "test", extractorVersion: extractor, incarnation: incarnation,
            environment: environment, holding: nil)
        workers[pid] = WorkerSession(identity: hello)
        tell(pid, .connected)
        settle()
    }

    mutating func tell(_ pid: Int32, _ event: WorkerSession.Event) {
        guard var session = workers[pid] else { return }
        var effects: [WorkerSession.Effect] = []
        _ = session.apply(event, at: now, into: &effects)
        workers[pid] = session
        for effect in effects {
            switch effect {
            case .send(let envelope): apply(.message(envelope))
            case .start(let grant): started[pid] = grant
            case .discard(let lease): discarded.append(lease)
            case .cut, .abandon, .refused: break
            case .exit: workers[pid] = nil
            }
        }
    }

    /// Lets a worker finish what it has in hand, as a worker that does its work well.
    mutating func work(_ pid: Int32) {
        guard case .working(let grant) = workers[pid]?.work else { return }
        tell(pid, .finished(result(of: grant)))
        settle()
    }

    /// Lets all workers work, in the order of their pids, until nothing is left to do.
    mutating func workAll(steps: Int = 500) {
        for _ in 0..<steps {
            let busy = workers.keys.sorted().filter { workers[$0]?.holding != nil }
            if busy.isEmpty { break }
            for pid in busy { work(pid) }
        }
    }

    func result(of grant: Grant, until cut: Key? = nil) -> WorkerMessage {
        switch grant.lease.item {
        case .scan:
            .scanned(scan(grant, until: cut))
        case .load(let index):
            .loaded(LoadResult(lease: grant.lease, digest: loadedDigest(grant.lease.job, index), retries: 0))
        case .drain:
            .drained(DrainResult(lease: grant.lease, applied: 0, retries: 0))
        }
    }

    func scan(_ grant: Grant, until cut: Key? = nil) -> ScanResult {
        let interval = KeyInterval(start: grant.interval.start, end: cut ?? grant.interval.end)
        let records = keys.filter { interval.contains(Key([$0])) }
        let runs = grant.indexes.indices.map { place -> RunSummary? in
            if droppedPlaces.contains(place) { return nil }
            var digest = EntryDigest.zero
            for key in records { digest.add(entry: [UInt8(place), key].span.bytes) }
            return RunSummary(file: "r", bytes: 1, digest: digest, checksum: 1)
        }
        return ScanResult(
            lease: grant.lease, interval: interval, runs: runs, records: UInt64(records.count), snapshotMin: 1,
            snapshotMax: 1, badRecords: [], badRecordsCount: 0, retries: 0)
    }

    /// What a loader reads back: every entry that the recorded runs hold.
    func loadedDigest(_ job: JobID, _ place: Int) -> EntryDigest {
        let image = ledger.image(of: job)
        return (image?.ranges ?? []).reduce(.zero) { sum, range in
            guard range.runs.indices.contains(place), let run = range.runs[place] else { return sum }
            return sum + run.digest
        }
    }

    /// The coordinator dies; a new one takes the next epoch and recovers from the ledger.
    mutating func restartCoordinator(extractorVersion: UInt32 = 1) {
        requests = []
        toWorkers = []
        coordinator = World.coordinator(
            epoch: coordinator.epoch + 1, ledger.images, ledger.nextJob, coordinator.limits.recordsPerRange,
            environment, now, extractorVersion: extractorVersion)
        apply(.catalog(demands))
        settle()
    }

    var job: Job { coordinator.jobs[coordinator.jobs.count - 1] }
    var isReady: Bool { published.count == demands.count }
}

/// The rows that the core has stored.
struct MemoryLedger {
    var jobs: [JobID: JobRow] = [:]
    var ranges: [JobID: [RangeID: RangeRow]] = [:]
    var builds: [JobID: [Int: BuildRow]] = [:]
    var blocked: [UInt64: String] = [:]
    var badRecords: [BadRecord] = []

    mutating func apply(_ writes: [LedgerWrite]) {
        for write in writes {
            switch write {
            case .job(let row): jobs[row.id] = row
            case .range(let row): ranges[row.job, default: [:]][row.id] = row
            case .build(let row): builds[row.job, default: [:]][row.index] = row
            case .badRecords(_, _, let records): badRecords += records
            case .blocked(_, let index, let reason): blocked[index.index] = reason
            }
        }
    }

    var nextJob: JobID { (jobs.keys.max() ?? 0) + 1 }

    var images: [JobImage] {
        jobs.keys.sorted().compactMap { image(of: $0) }
    }

    func image(of job: JobID) -> JobImage? {
        guard let row = jobs[job] else { return nil }
        let ranges = (ranges[job] ?? [:]).values.sorted { $0.id < $1.id }
        let builds = (builds[job] ?? [:]).values.sorted { $0.index < $1.index }
        return JobImage(row: row, ranges: ranges, builds: builds)
    }
}
