import Coordinator
import LMDB
import Ledger
import Tables
import Values

/// What `index show` tells.
struct IndexSummary: Encodable {
    /// What stands in the way of a blocked index.
    struct BlockedBy: Encodable {
        let badRecords: Int
        let uniqueViolations: Int
        let errors: [String]
        /// The first of the bad records, so that one knows where to begin.
        let records: [Bad]
    }

    /// A record that the index cannot hold.
    struct Bad: Encodable {
        let record: String
        let error: String
    }

    /// Bad records shown here; the count tells whether there are more.
    private static let badRecordsShown = 10

    let index: String
    let table: String
    let name: String
    let fields: [String]
    let unique: Bool
    let nulls: Bool
    let state: IndexState
    let generation: UInt32
    let entries: Int
    let builtBy: String
    let createdAt: String
    let readyAt: String?
    let reason: String
    let blockedBy: BlockedBy
    /// How far its newest build is.
    var job: JobSummary?
    /// Whether a generation is being built, or waits to be.
    let isUnderWay: Bool

    private enum CodingKeys: String, CodingKey {
        case index, table, name, fields, unique, nulls, state, generation, entries, builtBy, createdAt, readyAt, reason
        case blockedBy, job
    }

    init(_ record: IndexRecord, in store: Store, _ txn: borrowing some ReadableTransaction & ~Copyable) throws {
        // What answers queries comes first; a rebuild beside it shows in its job.
        let shown = record.ready ?? record.coming ?? record.generations.last
        index = record.fullName
        table = record.tableName
        name = record.name
        fields = record.fields.map(\.text)
        unique = record.isUnique
        nulls = record.indexesNulls
        state = record.state
        generation = shown?.number ?? 0
        builtBy = shown?.builtBy ?? ""
        createdAt = record.createdAt
        readyAt = shown?.readyAt
        reason = record.reason
        isUnderWay = record.coming?.state == .building
        entries = try shown.map { try store.entriesCount(record, generation: $0.number, in: txn) } ?? 0
        var badRecords = 0
        var bad: [Bad] = []
        if let coming = record.coming {
            badRecords = try store.openBadRecordsCount(record, generation: coming.number, in: txn)
            bad = try store.badRecords(
                record, generation: coming.number, limit: IndexSummary.badRecordsShown, in: txn
            ).map { Bad(record: $0.record, error: $0.error) }
        }
        blockedBy = BlockedBy(
            badRecords: badRecords, uniqueViolations: 0, errors: [record.coming?.blockedReason].compactMap(\.self),
            records: bad)
    }

    /// This summary with the index's newest build.
    func withJob(of store: Store) throws -> IndexSummary {
        var summary = self
        let record = try store.read { txn in try store.catalog(in: txn).indexes.first { $0.fullName == index } }
        guard let record else { return self }
        summary.job = try JobSummary.latest(of: record, ledger: Ledger(store), live: LiveStatus.read(of: store))
        return summary
    }

    var text: String {
        var lines = [
            "index       \(index)", "fields      \(fields.joined(separator: ", "))",
            "nulls       \(nulls ? "indexed" : "left out")", "state       \(state.rawValue)",
            "generation  \(generation) (\(reason), built by gapless \(builtBy))", "entries     \(entries.grouped)",
            "created     \(createdAt)",
        ]
        if let job, isUnderWay { lines.append("build       \(job.text)") }
        if let readyAt { lines.append("ready       \(readyAt)") }
        if blockedBy.badRecords > 0 { lines.append("bad records \(blockedBy.badRecords.grouped)") }
        lines += blockedBy.errors.map { "blocked by  \($0)" }
        lines += blockedBy.records.map { "bad record  \($0.record): \($0.error)" }
        return lines.joined(separator: "\n") + "\n"
    }

    static func table(_ summaries: [IndexSummary]) -> String {
        guard !summaries.isEmpty else { return "no indexes\n" }
        var table = TextTable([
            ("INDEX", .left), ("FIELDS", .left), ("STATE", .left), ("ENTRIES", .right), ("GENERATION", .right),
        ])
        for summary in summaries {
            table.add([
                summary.index, summary.fields.joined(separator: ","), summary.state.rawValue, summary.entries.grouped,
                "\(summary.generation)",
            ])
        }
        return table.text
    }
}
