internal import Coordinator
package import LMDB
internal import Ledger
package import Tables
internal import Values

/// What `index show` tells.
package struct IndexSummary: Encodable {
    /// What stands in the way of a blocked index.
    package struct BlockedBy: Encodable {
        package let badRecords: Int
        /// Counted up to `Store.sharedKeysCounted`.
        package let uniqueViolations: Int
        package let errors: [String]
        /// The first of the bad records, so that one knows where to begin.
        package let records: [Bad]
    }

    /// A record that the index cannot hold.
    package struct Bad: Encodable {
        package let record: String
        package let error: String
    }

    /// Bad records shown here; the count tells whether there are more.
    private static let badRecordsShown = 10

    package let index: String
    package let table: String
    package let name: String
    package let fields: [String]
    package let unique: Bool
    package let nulls: Bool
    package let state: IndexState
    package let generation: UInt32
    package let entries: Int
    package let builtBy: String
    package let createdAt: String
    package let readyAt: String?
    package let reason: String
    package let blockedBy: BlockedBy
    /// How far its newest build is.
    package var job: JobSummary?
    /// The generation that is being built beside the ready one.
    package let rebuild: Rebuild?
    /// Records that it was explicitly told to go without.
    package let waived: Int
    /// What is wrong with the version that built it, and what to do; nil if nothing is known to be.
    package let suspect: String?
    /// Whether a generation is being built, or waits to be.
    package let isUnderWay: Bool

    /// A generation on its way beside the ready one.
    package struct Rebuild: Encodable {
        package let generation: UInt32
        package let state: IndexState
        package let reason: String
        package let createdAt: String
    }

    private enum CodingKeys: String, CodingKey {
        case index, table, name, fields, unique, nulls, state, generation, entries, builtBy, createdAt, readyAt, reason
        case blockedBy, job, rebuild, waived, suspect
    }

    package init(_ record: IndexRecord, in store: Store, _ txn: borrowing some ReadableTransaction & ~Copyable) throws {
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
        reason = shown?.reason ?? record.reason
        rebuild =
            record.ready == nil
            ? nil
            : record.coming.map {
                Rebuild(generation: $0.number, state: $0.state, reason: $0.reason, createdAt: $0.createdAt)
            }
        waived =
            try (record.coming ?? record.ready).map {
                try store.waivedBadRecordsCount(record, generation: $0.number, in: txn)
            } ?? 0
        suspect = store.suspicion(of: record).map {
            "built by gapless \($0.version), which \($0.fault): gapless verify --suspect --repair mends it"
        }
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
        let shared = try record.coming.map {
            try store.sharedKeysCount(record, generation: $0.number, in: txn)
        }
        blockedBy = BlockedBy(
            badRecords: badRecords, uniqueViolations: shared ?? 0,
            errors: [record.coming?.blockedReason].compactMap(\.self), records: bad)
    }

    /// A field that has no value is null, and there.
    package func encode(to encoder: any Encoder) throws {
        var cells = encoder.container(keyedBy: CodingKeys.self)
        try cells.encode(index, forKey: .index)
        try cells.encode(table, forKey: .table)
        try cells.encode(name, forKey: .name)
        try cells.encode(fields, forKey: .fields)
        try cells.encode(unique, forKey: .unique)
        try cells.encode(nulls, forKey: .nulls)
        try cells.encode(state, forKey: .state)
        try cells.encode(generation, forKey: .generation)
        try cells.encode(entries, forKey: .entries)
        try cells.encode(builtBy, forKey: .builtBy)
        try cells.encode(createdAt, forKey: .createdAt)
        try cells.encode(readyAt, forKey: .readyAt)
        try cells.encode(reason, forKey: .reason)
        try cells.encode(blockedBy, forKey: .blockedBy)
        try cells.encode(job, forKey: .job)
        try cells.encode(rebuild, forKey: .rebuild)
        try cells.encode(waived, forKey: .waived)
        try cells.encodeIfPresent(suspect, forKey: .suspect)
    }

    /// This summary with the index's newest build.
    package func withJob(of store: Store) throws -> IndexSummary {
        var summary = self
        let record = try store.read { txn in try store.catalog(in: txn).indexes.first { $0.fullName == index } }
        guard let record else { return self }
        summary.job = try JobSummary.latest(of: record, ledger: Ledger(store), live: LiveStatus.read(of: store))
        return summary
    }
}
