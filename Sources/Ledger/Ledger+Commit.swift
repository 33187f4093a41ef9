public import Backfill
internal import Faults
internal import LMDB
internal import Tables

extension Ledger {
    /// Stores what the core decided, all of it in one durable transaction.
    ///
    /// Throws ``Fenced`` if another coordinator took office meanwhile; then nothing is stored.
    public func commit(_ writes: [LedgerWrite], epoch: Epoch) throws {
        guard !writes.isEmpty else { return }
        try Faults.point(.ledgerCommit)
        try store.environment.write(passingShutGate: true) { txn in
            let office = try confirm(epoch: epoch, in: txn)
            let database = try requiredDatabase(in: txn)
            for write in writes { try apply(write, office: office, in: database, txn) }
        }
        Faults.passed(.ledgerCommitAfter)
    }

    private func apply(
        _ write: LedgerWrite, office: OfficeRow, in database: Database, _ txn: borrowing WriteTransaction
    ) throws {
        switch write {
        case .job(let row):
            try txn.put(Row.job(row.id), Row.encode(row), in: database)
            if try reserve(row.id, in: database, txn) { try openHistory(of: row, office: office, in: database, txn) }
        case .range(let row):
            try txn.put(Row.range(row.job, row.id), Row.encode(row), in: database)
        case .build(let row):
            try txn.put(Row.build(row.job, row.index), Row.encode(row), in: database)
            if row.stage == .cancelled { try closeHistory(of: row, .cancelled, entries: nil, in: database, txn) }
        case .badRecords(_, let index, let records):
            try list(records, of: index, txn)
        case .blocked(_, let index, let reason):
            try setBlocked(index, reason: reason, txn)
            if let reason { try noteBlock(of: index, reason: reason, in: database, txn) }
        }
    }

    /// Job numbers are never used again, also when the job's rows are removed. True for a job that is new.
    private func reserve(_ job: JobID, in database: Database, _ txn: borrowing WriteTransaction) throws -> Bool {
        guard var office = try Row.read(OfficeRow.self, at: Row.office, in: database, txn) else { return false }
        guard office.nextJob <= job else { return false }
        office.nextJob = job + 1
        try txn.put(Row.office, Row.encode(office), in: database)
        return true
    }

    private func list(_ records: [Backfill.BadRecord], of index: JobIndex, _ txn: borrowing WriteTransaction) throws {
        guard let record = try coming(index, in: txn) else { return }
        for bad in records {
            _ = try store.recordBad(
                record, generation: UInt32(index.generation), key: bad.primaryKey.bytes.span.bytes, in: txn)
        }
    }

    private func setBlocked(_ index: JobIndex, reason: String?, _ txn: borrowing WriteTransaction) throws {
        guard let record = try coming(index, in: txn) else { return }
        let number = UInt32(index.generation)
        if let reason {
            // What somebody paused stays paused until they resume it; then it is tried again, and blocks again.
            guard record.coming?.state != .paused else { return }
            try store.setBlocked(record, generation: number, reason: reason, in: txn)
        } else if record.coming?.state == .blocked {
            try store.setBuilding(record, generation: number, in: txn)
        }
    }

    /// The catalog's row of an index whose coming generation this is; nil if it was dropped or published meanwhile.
    func coming(
        _ index: JobIndex, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> IndexRecord? {
        let record = try store.catalog(in: txn).indexes.first { $0.id == index.index }
        guard let record, let coming = record.coming, UInt64(coming.number) == index.generation,
            record.fingerprint == index.fingerprint
        else { return nil }
        return record
    }
}
