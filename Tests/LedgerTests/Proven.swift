import Foundation
import LMDB
import Tables
import Values

@testable import Backfill
@testable import Ledger

/// A folder of a test's own, removed with all in it when the test lets it go.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/gapless-ledger-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        path = String(cString: made)
    }

    deinit {
        // What cannot be removed stays in the folder of temporary files; no test depends on it.
        try? FileManager.default.removeItem(atPath: path)
    }
}

func openStore(_ folder: TemporaryFolder) throws -> Store {
    var options = Environment.Options()
    // These tests are about what transactions mean, not about power loss.
    options.isSynced = false
    options.mapBytes = 1 << 30
    return try Store.open(at: folder.path, creation: .ifMissing, options: options)
}

func incarnation(_ pid: Int32) -> Incarnation {
    Incarnation(
        host: "host", bootID: "boot", pid: pid, startTicks: 1, startedAt: Instant(milliseconds: 1),
        nonce: Nonce(high: 0, low: UInt64(pid)))
}

func idKey(_ id: Int) throws -> Key { Key(try KeyEncoding.primaryKey(.int(Int64(id)))) }

/// A job in which everything that the proof asks for is in place; a test takes one thing away.
final class Proven {
    let folder: TemporaryFolder
    let store: Store
    let ledger: Ledger
    let epoch: Epoch
    let index: IndexRecord
    var job: JobRow
    var ranges: [RangeRow]
    var build: BuildRow

    /// Six records in three ranges, loaded and drained.
    init() throws {
        folder = try TemporaryFolder()
        let store = try openStore(folder)
        self.store = store
        ledger = Ledger(store)
        epoch = try ledger.takeOffice(incarnation(99), program: "test").epoch
        let (id, email) = (try FieldPath("id"), try FieldPath("email"))
        index = try store.write { txn in
            _ = try store.createTable("people", keyField: id, in: txn)
            for id in 0..<6 { try store.put(Proven.person(id), into: "people", in: txn) }
            return try store.declareIndex(on: "people", IndexDefinition(fields: [email]), in: txn).index
        }
        job = JobRow(
            id: 1, table: index.tableID,
            indexes: [JobIndex(index: index.id, generation: 1, fingerprint: index.fingerprint)],
            openedAt: Instant(milliseconds: 1), recordsTotal: 6)
        build = BuildRow(job: 1, index: 0)
        let cuts: [Key?] = [nil, try idKey(2), try idKey(4), nil]
        ranges = try (0..<3).map { [epoch] place in
            var range = RangeRow(
                job: 1, id: RangeID(place), interval: KeyInterval(start: cuts[place], end: cuts[place + 1]), records: 2)
            range.state = .scanned
            range.attempt = 1
            range.epoch = epoch
            range.owner = incarnation(1)
            range.snapshotMax = 2
            let digest = try Proven.digest(place * 2..<place * 2 + 2)
            range.runs = [RunSummary(file: "r\(place)-a1-i0.run", bytes: 1, digest: digest, checksum: 1)]
            return range
        }
        build.stage = .drained
        build.attempt = 2
        build.epoch = epoch
        build.digest = try Proven.digest(0..<6)
        try append()
        try storeRows()
    }

    static func person(_ id: Int, email: String? = nil) -> Value {
        .map([MapEntry("id", .int(Int64(id))), MapEntry("email", .string(email ?? "u\(id)"))])
    }

    static func entry(_ id: Int, email: String? = nil) throws -> [UInt8] {
        var entry: [UInt8] = []
        let indexKey = try KeyEncoding.indexKey([.string(email ?? "u\(id)")])
        let primaryKey = try idKey(id).bytes
        EntryLayout.appendEntry(indexKey: indexKey.span.bytes, primaryKey: primaryKey.span.bytes, to: &entry)
        return entry
    }

    static func digest(_ ids: Range<Int>) throws -> EntryDigest {
        var digest = EntryDigest.zero
        for id in ids {
            let entry = try entry(id)
            digest.add(entry: entry.span.bytes)
        }
        return digest
    }

    private func append() throws {
        try store.write { txn in
            let database = try txn.database(Store.indexDatabase(index: index.id, generation: 1))
            for id in 0..<6 { try txn.put(Proven.entry(id), [], in: database) }
        }
    }

    /// Stores all rows as they are here.
    func storeRows() throws {
        try ledger.commit([.job(job)] + ranges.map(LedgerWrite.range) + [.build(build)], epoch: epoch)
    }

    func publish(epoch: Epoch? = nil) throws -> Backfill.PublishOutcome {
        try ledger.publish(job: 1, place: 0, epoch: epoch ?? self.epoch)
    }

    var state: IndexState? {
        get throws { try store.read { try store.catalog(in: $0).index(id: index.id).generation(1)?.state } }
    }

    /// Every key and value of these databases.
    func contents() throws -> [String: [[UInt8]]] {
        let names = [
            "gapless/ledger", Store.indexDatabase(index: index.id, generation: 1),
            Store.deltaDatabase(index: index.id, generation: 1), "gapless/catalog", "gapless/bad",
        ]
        return try store.read { txn in
            var contents: [String: [[UInt8]]] = [:]
            for name in names {
                contents[name] = try txn.withCursor(in: txn.database(name)) { cursor in
                    var rows: [[UInt8]] = []
                    var isThere = try cursor.first()
                    while isThere {
                        rows.append(cursor.key + [0xff, 0xff] + cursor.value)
                        isThere = try cursor.next()
                    }
                    return rows
                }
            }
            return contents
        }
    }
}
