public import Backfill
internal import LMDB
internal import Tables

extension Ledger {
    /// Everything that is stored of every job, oldest first. A new environment has none.
    public func images() throws -> [JobImage] {
        try store.read { txn in
            guard let database = try database(in: txn) else { return [] }
            return try Row.readAll(JobRow.self, under: Row.jobs, in: database, txn).map { row in
                try image(of: row, in: database, txn)
            }
        }
    }

    /// The newest job that builds or built this index, with its ranges; nil if there is none.
    public func latestImage(ofIndex index: UInt64) throws -> JobImage? {
        try store.read { txn in
            guard let database = try database(in: txn) else { return nil }
            let rows = try Row.readAll(JobRow.self, under: Row.jobs, in: database, txn)
            return try rows.last { $0.indexes.contains { $0.index == index } }.map { row in
                try image(of: row, in: database, txn)
            }
        }
    }

    private func image(
        of row: JobRow, in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> JobImage {
        let image = JobImage(
            row: row, ranges: try Row.readAll(RangeRow.self, under: Row.ranges(of: row.id), in: database, txn),
            builds: try Row.readAll(BuildRow.self, under: Row.builds(of: row.id), in: database, txn))
        // Of a job that is over some rows may be removed already; nothing is decided by them.
        guard row.state == .done || Ledger.isWhole(image) else {
            throw GaplessError(.corrupt, "rows of job \(row.id) are missing from the ledger of \(store.directory)")
        }
        return image
    }

    /// Whether ranges and builds are numbered without gaps: the core finds them by their numbers.
    private static func isWhole(_ image: JobImage) -> Bool {
        image.ranges.indices.allSatisfy { image.ranges[$0].id == RangeID($0) }
            && image.builds.map(\.index) == Array(image.row.indexes.indices)
    }

    /// The ranges of a job as stored, for a loader that needs their runs.
    public func ranges(of job: JobID) throws -> [RangeRow] {
        try store.read { txn in
            try Row.readAll(RangeRow.self, under: Row.ranges(of: job), in: requiredDatabase(in: txn), txn)
        }
    }

    /// What the catalog wants built: every generation that is building, paused or blocked.
    public func demands() throws -> [Demand] {
        try store.read { txn in
            let catalog = try store.catalog(in: txn)
            return try catalog.indexes.compactMap { index -> Demand? in
                guard let coming = index.coming else { return nil }
                let state: Demand.State
                switch coming.state {
                case .building: state = .building
                case .paused: state = .paused
                case .blocked:
                    let open = try store.openBadRecordsCount(index, generation: coming.number, in: txn)
                    let isShared = try store.hasSharedKey(index, generation: coming.number, in: txn)
                    state = .blocked(badRecords: UInt64(open) + (isShared ? 1 : 0))
                case .ready, .dropping: return nil
                }
                let table = try catalog.table(index.tableName)
                let records = try store.recordsCountIfThere(of: table, in: txn) ?? 0
                return Demand(
                    table: index.tableID,
                    index: JobIndex(
                        index: index.id, generation: UInt64(coming.number), fingerprint: index.fingerprint),
                    state: state, records: UInt64(records), extractorVersion: coming.keyRules)
            }
        }
    }
}
