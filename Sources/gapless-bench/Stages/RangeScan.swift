import LMDB
import Runs
import Tables
import Values

/// The scan of one range in this process: what a worker does between a lease and its report, stage by stage.
struct RangeScan {
    static let table = "bench"
    /// Records in one transaction of the preparation.
    private static let recordsPerPut: UInt64 = 50_000
    /// Memory of an arena for each record: some entries of usual length.
    private static let arenaBytesPerRecord = 256

    let records: UInt64
    let seed: UInt64
    let fields: [FieldPath]
    let directory: String

    func run() throws -> StageTimes {
        var options = Environment.Options()
        options.isSynced = false
        let store = try Store.open(at: directory, creation: .ifMissing, options: options)
        let table = try store.write { txn in
            try store.createTable(Self.table, keyField: FieldPath("id"), in: txn)
        }
        var times = StageTimes()
        try times.measure("parse and put records") { try fill(store, table) }
        try times.measure("walk records") { try walk(store, table) }
        let arenas = fields.map { _ in ArenaBox(EntryArena(memoryBytesMax: Int(records) * Self.arenaBytesPerRecord)) }
        try times.measure("walk and extract") { try extract(store, table, into: arenas) }
        times.measure("sort") {
            arenas.reduce(0) { sum, box in
                box.arena.sort()
                return sum + UInt64(box.arena.count)
            }
        }
        try times.measure("write runs") { try write(arenas) }
        return times
    }

    private func fill(_ store: Store, _ table: TableRecord) throws -> UInt64 {
        let generator = RecordGenerator(seed: seed)
        var reader = RecordReader(.ndjson, values: table.format, key: table.keyField, schema: table.schema)
        var text = TextBuffer(capacity: DataSet.people.lineBytesMax * Int(Self.recordsPerPut))
        var writer = store.writer(of: Self.table)
        var number: UInt64 = 0
        while number < records {
            text.removeAll()
            var batch = RecordBatch()
            for _ in 0..<min(Self.recordsPerPut, records - number) {
                number += 1
                generator.append(number, to: &text)
            }
            text.withBytes { reader.feed(RawSpan(_unsafeBytes: $0)) }
            while try reader.next() {
                let key = reader.primaryKey
                reader.withRecord { batch.append(key: key.span.bytes, record: $0) }
            }
            try store.write { txn in try writer.put(&batch, in: txn) }
        }
        return records
    }

    private func walk(_ store: Store, _ table: TableRecord) throws -> UInt64 {
        var touched = 0
        var count: UInt64 = 0
        try eachRecord(store, table) { _, value in
            touched &+= value.byteCount
            count += 1
        }
        precondition(touched > 0, "records without bytes")
        return count
    }

    private func extract(_ store: Store, _ table: TableRecord, into arenas: [ArenaBox]) throws -> UInt64 {
        let rules = fields.map { IndexRule(fields: [$0], indexesNulls: true) }
        let extractor = EntryExtractor(rules: rules, format: table.format, schema: table.schema)
        var scratch = EntryExtractor.Scratch()
        var count: UInt64 = 0
        try eachRecord(store, table) { key, value in
            try extractor.extract(primaryKey: key, value: value, into: &scratch) { rule, entry in
                guard arenas[rule].arena.append(entry, tail: key.byteCount) else {
                    throw BenchFailure("the entries do not fit in memory")
                }
            }
            count += 1
        }
        return count
    }

    private func eachRecord(
        _ store: Store, _ table: TableRecord, _ body: (_ key: RawSpan, _ value: RawSpan) throws -> Void
    ) throws {
        try store.read { txn in
            try txn.withCursor(in: store.records(of: table, in: txn), readingAhead: true) { cursor in
                var isThere = try cursor.first()
                while isThere {
                    try cursor.withEntry(body)
                    isThere = try cursor.next()
                }
            }
        }
    }

    private func write(_ arenas: [ArenaBox]) throws -> UInt64 {
        var written: UInt64 = 0
        let folder = RunFolder(environment: directory)
        try folder.create(job: 1)
        for (place, box) in arenas.enumerated() {
            let identity = RunIdentity(
                environment: [UInt8](repeating: 0, count: 16), job: 1, range: 0, attempt: 1, index: UInt32(place),
                generation: 1)
            var writer = try RunWriter(path: folder.path(of: identity), identity: identity) {
                ReportOutput.say("\($0)")
            }
            try writer.append(sorted: box.arena)
            written += try writer.finish(recordsSeen: records, snapshotTransactions: 1...1).digest.count
        }
        return written
    }
}

/// Holds an arena, which cannot be copied, in an array.
final class ArenaBox {
    var arena: EntryArena

    init(_ arena: consuming EntryArena) { self.arena = arena }
}
