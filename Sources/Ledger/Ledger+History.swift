internal import Backfill
internal import LMDB
internal import Tables

extension Ledger {
    /// The builds of this name, newest first: the latest of each index, also of indexes that are dropped by now.
    public func history(of name: String) throws -> [HistoryRow] {
        try store.read { txn in
            guard let database = try database(in: txn) else { return [] }
            let rows = try Row.readAll(HistoryRow.self, under: Row.allHistory, in: database, txn)
            return try rows.filter { $0.name == name }.sorted { $0.job > $1.job }.map { row in
                row.outcome == .open ? try told(row, in: database, txn) : row
            }
        }
    }

    /// A row is begun in the transaction that opens the job, so that no build goes unrecorded however it ends.
    func openHistory(
        of job: JobRow, office: OfficeRow, in database: Database, _ txn: borrowing WriteTransaction
    ) throws {
        let catalog = try store.catalog(in: txn)
        for index in job.indexes {
            guard let record = catalog.indexes.first(where: { $0.id == index.index }),
                let generation = record.generation(UInt32(index.generation))
            else { continue }
            let row = HistoryRow(
                name: record.fullName, index: index, job: job, reason: generation.reason,
                declaredAt: generation.createdAt, builtBy: generation.builtBy, office: office)
            try trim(Row.history(of: index.index), to: HistoryRow.rowsPerIndexMax - 1, in: database, txn)
            try txn.put(Row.history(index.index, job.id), Row.encode(row), in: database)
        }
        try trim(Row.allHistory, to: HistoryRow.rowsMax, in: database, txn)
    }

    /// Says how a build ended, once.
    func closeHistory(
        of build: BuildRow, _ outcome: HistoryRow.Outcome, entries: UInt64?, in database: Database,
        _ txn: borrowing WriteTransaction
    ) throws {
        guard let job = try Row.read(JobRow.self, at: Row.job(build.job), in: database, txn),
            job.indexes.indices.contains(build.index)
        else { return }
        let key = Row.history(job.indexes[build.index].index, build.job)
        guard let row = try Row.read(HistoryRow.self, at: key, in: database, txn), row.outcome == .open else { return }
        let ranges = try Row.readAll(RangeRow.self, under: Row.ranges(of: build.job), in: database, txn)
        var closed = row.telling(build, of: job, ranges)
        closed.outcome = outcome
        closed.endedAt = build.endedAt
        closed.entries = entries
        try txn.put(key, Row.encode(closed), in: database)
    }

    /// Counts what blocked a build.
    func noteBlock(
        of index: JobIndex, reason: String, in database: Database, _ txn: borrowing WriteTransaction
    ) throws {
        let rows = try Row.readAll(HistoryRow.self, under: Row.history(of: index.index), in: database, txn)
        guard var row = rows.last, row.index == index, row.outcome == .open else { return }
        row.blocks += 1
        row.lastBlock = reason
        try txn.put(Row.history(index.index, row.job), Row.encode(row), in: database)
    }

    /// A row of a build that is under way, with what is stored of it by now.
    private func told(
        _ row: HistoryRow, in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> HistoryRow {
        guard let job = try Row.read(JobRow.self, at: Row.job(row.job), in: database, txn),
            let place = job.indexes.firstIndex(of: row.index),
            let build = try Row.read(BuildRow.self, at: Row.build(row.job, place), in: database, txn)
        else { return row }
        return row.telling(
            build, of: job, try Row.readAll(RangeRow.self, under: Row.ranges(of: row.job), in: database, txn))
    }

    /// Removes rows under `prefix` until `rowsMax` are left, those of the lowest job numbers first.
    private func trim(
        _ prefix: [UInt8], to rowsMax: Int, in database: Database, _ txn: borrowing WriteTransaction
    ) throws {
        var keys: [[UInt8]] = try txn.withCursor(in: database) { cursor in
            var keys: [[UInt8]] = []
            var isInside = try cursor.seek(atOrAfter: prefix)
            while isInside, cursor.key.starts(with: prefix) {
                keys.append(cursor.key)
                isInside = try cursor.next()
            }
            return keys
        }
        guard keys.count > rowsMax else { return }
        // The job's number is the end of the key.
        keys.sort { $0.suffix(8).lexicographicallyPrecedes($1.suffix(8)) }
        for key in keys.prefix(keys.count - rowsMax) { _ = try txn.delete(key, in: database) }
    }
}
