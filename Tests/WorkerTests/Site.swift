import Foundation
import LMDB
import Synchronization
import Tables
import Values

@testable import Backfill
@testable import Ledger
@testable import Runs
@testable import Worker

/// A folder of a test's own, removed with all in it when the test lets it go.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/gapless-worker-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        path = String(cString: made)
    }

    deinit {
        // What cannot be removed stays in the folder of temporary files; no test depends on it.
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A database, its ledger, and one job whose rows the test moves on by hand, as a coordinator would.
final class Site {
    let folder: TemporaryFolder
    let store: Store
    let ledger: Ledger
    let environment: Nonce
    let holder: Incarnation
    let epoch: Epoch
    private(set) var job: JobRow
    private(set) var ranges: [RangeRow] = []
    private(set) var builds: [BuildRow] = []

    /// A table `people` with these records, and one index for each list of fields.
    init(_ records: [Value] = [], indexes: [[String]] = [["email"]]) throws {
        folder = try TemporaryFolder()
        var options = Environment.Options()
        // These tests are about what transactions mean, not about power loss.
        options.isSynced = false
        options.mapBytes = 1 << 30
        store = try Store.open(at: folder.path, creation: .ifMissing, options: options)
        ledger = Ledger(store)
        environment = try ledger.environment()
        holder = Site.incarnation(1)
        epoch = try ledger.takeOffice(Site.incarnation(99), program: "test").epoch
        job = JobRow(id: 1, table: 0, indexes: [], openedAt: Instant(milliseconds: 1), recordsTotal: 0)
        try store.write { [store] txn in _ = try store.createTable("people", keyField: field("id"), in: txn) }
        try put(records)
        for fields in indexes { try declare(fields) }
        try openJob()
    }

    static func incarnation(_ pid: Int32) -> Incarnation {
        Incarnation(
            host: "host", bootID: "boot", pid: pid, startTicks: 1, startedAt: Instant(milliseconds: 1),
            nonce: Nonce(high: 0, low: UInt64(pid)))
    }

    private func declare(_ fields: [String]) throws {
        let definition = IndexDefinition(fields: fields.map(field))
        let index = try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
        job.indexes.append(JobIndex(index: index.id, generation: 1, fingerprint: index.fingerprint))
        job.table = index.tableID
    }

    private func openJob() throws {
        builds = job.indexes.indices.map { BuildRow(job: job.id, index: $0) }
        try ledger.commit([.job(job)] + builds.map(LedgerWrite.build), epoch: epoch)
    }

    // MARK: Records

    func put(_ records: [Value]) throws {
        try store.write { txn in for record in records { try store.put(record, into: "people", in: txn) } }
    }

    func delete(_ ids: Int...) throws {
        try store.write { txn in for id in ids { try store.delete(key: idKey(id).bytes, from: "people", in: txn) } }
    }

    /// Writes record bytes without asking the indexes, as records of before the index were written.
    func putRaw(_ id: Int, _ bytes: [UInt8]) throws {
        let name = Store.recordsDatabase(table: job.table)
        try store.write { try $0.put(idKey(id).bytes, bytes, in: $0.database(name)) }
    }

    // MARK: Work

    /// Leases a new range to the holder.
    func lease(_ interval: KeyInterval = .everything) throws -> Grant {
        try lease(RangeRow(job: job.id, id: RangeID(ranges.count), interval: interval, records: 0))
    }

    /// Leases a range again, or for the first time.
    func lease(_ range: RangeRow) throws -> Grant {
        var range = range
        range.state = .leased
        range.attempt += 1
        range.epoch = epoch
        range.owner = holder
        try set(range)
        let lease = Lease(job: job.id, item: .scan(range: range.id), attempt: range.attempt, epoch: epoch)
        return Grant(
            lease: lease, table: job.table, indexes: job.indexes, interval: range.interval, restarts: false)
    }

    func scanWork(_ control: WorkControl, memoryBytes: Int = 8 << 20) -> ScanWork {
        ScanWork(
            store: store, environment: environment, control: control, memoryBytes: memoryBytes,
            shelf: ArenaShelf(bytesMax: memoryBytes), report: { fatalError("\($0)") })
    }

    /// Scans under a grant; throws what the work throws.
    func scan(_ grant: Grant, control: WorkControl? = nil, memoryBytes: Int = 8 << 20) throws -> ScanResult {
        let message = try scanWork(control ?? WorkControl(), memoryBytes: memoryBytes).run(grant)
        guard case .scanned(let result) = message else { throw Unexpected(message) }
        return result
    }

    /// Commits a scan's result, as the coordinator does when it counts; the rest of a cut range is another range.
    func settle(_ result: ScanResult) throws {
        guard case .scan(let id) = result.lease.item else { throw Unexpected(result.lease) }
        var range = ranges[Int(id)]
        let end = range.interval.end
        range.interval = result.interval
        range.state = .scanned
        range.runs = result.runs
        range.records = result.records
        range.snapshotMax = result.snapshotMax
        try set(range)
        for (place, index) in job.indexes.enumerated() {
            let bad = result.badRecords.filter { $0.index == place }
            try ledger.commit([.badRecords(table: job.table, index: index, bad)], epoch: epoch)
        }
        guard result.interval.end != end else { return }
        let rest = KeyInterval(start: result.interval.end, end: end)
        try set(RangeRow(job: job.id, id: RangeID(ranges.count), interval: rest, records: 0))
    }

    /// Scans everything in ranges that end before these ids.
    func scanAll(cutAt ids: [Int] = []) throws {
        let cuts: [Key?] = [nil] + ids.map { idKey($0) } + [nil]
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            try settle(scan(lease(KeyInterval(start: start, end: end))))
        }
    }

    func loadGrant(_ place: Int = 0, restarts: Bool = false) throws -> Grant {
        try buildGrant(place, .loading, .load(index: place), restarts: restarts)
    }

    func drainGrant(_ place: Int = 0) throws -> Grant { try buildGrant(place, .draining, .drain(index: place)) }

    private func buildGrant(
        _ place: Int, _ stage: BuildRow.Stage, _ item: WorkItem, restarts: Bool = false
    ) throws -> Grant {
        var build = builds[place]
        build.stage = stage
        build.attempt += 1
        build.epoch = epoch
        build.owner = holder
        try set(build)
        let lease = Lease(job: job.id, item: item, attempt: build.attempt, epoch: epoch)
        return Grant(
            lease: lease, table: job.table, indexes: job.indexes, interval: .everything, restarts: restarts)
    }

    func loadWork(_ control: WorkControl, holder: Nonce? = nil) -> LoadWork {
        LoadWork(
            store: store, ledger: ledger, holder: holder ?? self.holder.nonce, environment: environment,
            control: control)
    }

    /// Loads under a grant; throws what the work throws.
    func load(_ grant: Grant, control: WorkControl? = nil, holder: Nonce? = nil) throws -> LoadResult {
        guard case .load(let place) = grant.lease.item else { throw Unexpected(grant) }
        let message = try loadWork(control ?? WorkControl(), holder: holder).run(grant, place: place)
        guard case .loaded(let result) = message else { throw Unexpected(message) }
        return result
    }

    /// Loads an index and commits the result.
    func load(_ place: Int = 0) throws {
        let result = try load(loadGrant(place))
        var build = builds[place]
        build.stage = .loaded
        build.digest = result.digest
        try set(build)
    }

    func drain(_ grant: Grant, control: WorkControl? = nil, holder: Nonce? = nil) throws -> DrainResult {
        guard case .drain(let place) = grant.lease.item else { throw Unexpected(grant) }
        let work = DrainWork(
            store: store, ledger: ledger, holder: holder ?? self.holder.nonce, control: try control ?? WorkControl())
        let message = try work.run(grant, place: place)
        guard case .drained(let result) = message else { throw Unexpected(message) }
        return result
    }

    /// Drains an index and commits the result.
    func drain(_ place: Int = 0) throws {
        _ = try drain(drainGrant(place))
        var build = builds[place]
        build.stage = .drained
        try set(build)
    }

    func publish(_ place: Int = 0) throws -> Backfill.PublishOutcome {
        try ledger.publish(job: job.id, place: place, epoch: epoch)
    }

    /// Load, drain and publish of all indexes, after the scan.
    func finish() throws -> [Backfill.PublishOutcome] {
        try builds.indices.map { place in
            try load(place)
            try drain(place)
            return try publish(place)
        }
    }

    func appender(_ grant: Grant, control: WorkControl? = nil, transactionBytes: Int = 1 << 20) throws -> Appender {
        Appender(
            store: store, ledger: ledger, lease: grant.lease, holder: holder.nonce, index: grant.indexes[0],
            control: try control ?? WorkControl(), transactionBytes: transactionBytes)
    }

    // MARK: Rows

    func set(_ range: RangeRow) throws {
        try ledger.commit([.range(range)], epoch: epoch)
        if range.id == RangeID(ranges.count) { ranges.append(range) } else { ranges[Int(range.id)] = range }
    }

    func set(_ build: BuildRow) throws {
        try ledger.commit([.build(build)], epoch: epoch)
        builds[build.index] = build
    }

    // MARK: Looking

    func index(_ place: Int = 0) throws -> IndexRecord {
        try store.read { txn in try store.catalog(in: txn).index(id: job.indexes[place].index) }
    }

    func indexDatabase(_ place: Int = 0) -> String {
        Store.indexDatabase(index: job.indexes[place].index, generation: 1)
    }

    /// All keys of an index's database, in order.
    func entries(_ place: Int = 0) throws -> [[UInt8]] {
        try store.read { try keys(of: store.entries(of: job.indexes[place], in: $0), $0) }
    }

    func deltaCount(_ place: Int = 0) throws -> Int {
        try keys(of: Store.deltaDatabase(index: job.indexes[place].index, generation: 1)).count
    }

    private func keys(of name: String) throws -> [[UInt8]] {
        try store.read { try keys(of: $0.database(name), $0) }
    }

    private func keys(of database: Database, _ txn: borrowing ReadTransaction) throws -> [[UInt8]] {
        try txn.withCursor(in: database) { cursor in
            var keys: [[UInt8]] = []
            var isThere = try cursor.first()
            while isThere {
                keys.append(cursor.key)
                isThere = try cursor.next()
            }
            return keys
        }
    }

    /// The entries that these (text, id) pairs have in an index of one field, in order.
    static func entries(_ pairs: [(String, Int)]) throws -> [[UInt8]] {
        try pairs.map { text, id in try entry([.string(text)], id) }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    static func entry(_ values: [Value], _ id: Int) throws -> [UInt8] {
        var entry: [UInt8] = []
        let indexKey = try KeyEncoding.indexKey(values)
        EntryLayout.appendEntry(indexKey: indexKey.span.bytes, primaryKey: idKey(id).bytes.span.bytes, to: &entry)
        return entry
    }

    func runPath(_ range: RangeID, _ place: Int = 0) throws -> String {
        guard let run = ranges[Int(range)].runs[place] else { throw Unexpected(ranges[Int(range)]) }
        return RunFolder(environment: folder.path).path(job: job.id, file: run.file)
    }
}

/// A batch of these entries, as a merge hands it on.
func batch(_ entries: [[UInt8]]) throws -> Batch {
    let batch = Batch()
    for entry in entries {
        guard batch.entries.append(entry.span.bytes) else { throw Unexpected("a batch that is full") }
    }
    return batch
}

/// Something a test did not expect, with what it was.
struct Unexpected: Error {
    let what: String
    init(_ what: Any) { self.what = "\(what)" }
}

/// A path that a test knows to be good.
func field(_ text: String) -> FieldPath {
    do { return try FieldPath(text) } catch { fatalError("\(error)") }
}

func idKey(_ id: Int) -> Key {
    do { return Key(try KeyEncoding.primaryKey(.int(Int64(id)))) } catch { fatalError("\(error)") }
}

func person(_ id: Int, _ values: (String, Value)...) -> Value {
    .map([MapEntry("id", .int(Int64(id)))] + values.map { MapEntry($0.0, $0.1) })
}

func person(_ id: Int, email: String) -> Value { person(id, ("email", .string(email))) }

func people(_ ids: Range<Int>) -> [Value] { ids.map { person($0, email: email($0)) } }

/// Emails that are not in the order of ids.
func email(_ id: Int) -> String { "u\(id &* 7_919 % 10_007)@x" }

extension Appender {
    /// Appends a batch as the first of a load.
    func append(_ batch: Batch) throws {
        var size = TransactionSize()
        try append(batch, &size)
    }
}
