public import Backfill
internal import Faults
internal import LMDB
internal import Tables

extension Ledger {
    /// The most delta entries that the publishing transaction applies itself: about 20 ms of holding the write lock.
    public static let deltaEntriesMax = 5_000
    /// The same when writers were faster again and again: about 100 ms.
    public static let deltaEntriesMaxLast = 25_000

    /// The bound doubles with each time that it was too small, up to the last one.
    static func deltaEntriesMax(afterRounds rounds: UInt32) -> Int {
        min(deltaEntriesMax << Int(min(rounds, 8)), deltaEntriesMaxLast)
    }

    /// Tries the proof and publishes, in one write transaction in which all of it is read anew from what is stored.
    ///
    /// Ranges tile the key space and each was scanned under the lease recorded for it; what was loaded and read back
    /// equals the runs' sum; no bad record is open; the epoch is current; the rest of the delta is applied and the
    /// delta is empty. Only then is the state ready. Throws ``Fenced`` and the errors of the store.
    /// `now` is for the history of the build only.
    public func publish(
        job: JobID, place: Int, epoch: Epoch, at now: Instant? = nil
    ) throws -> Backfill.PublishOutcome {
        try Faults.point(.ledgerPublish)
        do {
            let outcome = try store.environment.write(passingShutGate: true) { txn -> Backfill.PublishOutcome in
                _ = try confirm(epoch: epoch, in: txn)
                let database = try requiredDatabase(in: txn)
                guard let row = try Row.read(JobRow.self, at: Row.job(job), in: database, txn),
                    let build = try Row.read(BuildRow.self, at: Row.build(job, place), in: database, txn),
                    row.indexes.indices.contains(place)
                else { return .gone }
                if let entries = try entriesPublished(build, row.indexes[place], in: txn) {
                    return .published(entries: entries)
                }
                guard let index = try coming(row.indexes[place], in: txn) else { return .gone }
                if index.coming?.state == .paused { return .paused }
                let ranges = try Row.readAll(RangeRow.self, under: Row.ranges(of: job), in: database, txn)
                let generation = UInt32(row.indexes[place].generation)
                let limit = Ledger.deltaEntriesMax(afterRounds: build.deltaRounds ?? 0)
                let outcome = try store.publish(index, generation: generation, limit: limit, in: txn) {
                    let doubts = Proof.doubts(index: place, ranges: ranges, build: build, transaction: txn.id)
                    if !doubts.isEmpty { throw Unproved(doubts: doubts) }
                }
                return try record(outcome, build, index, generation, at: now, in: database, txn)
            }
            Faults.passed(.ledgerPublishAfter)
            return outcome
        } catch let unproved as Unproved {
            return .unproved(unproved.doubts)
        }
    }

    /// The entries of an index that an earlier transaction published, whose outcome was lost on its way; nil if
    /// none did.
    private func entriesPublished(
        _ build: BuildRow, _ index: JobIndex, in txn: borrowing WriteTransaction
    ) throws -> UInt64? {
        guard build.stage == .published else { return nil }
        let generation = UInt32(index.generation)
        let record = try store.catalog(in: txn).indexes.first { $0.id == index.index }
        guard let record, record.generation(generation)?.state == .ready else { return nil }
        return UInt64(try store.entriesCount(record, generation: generation, in: txn))
    }

    private func record(
        _ outcome: Tables.PublishOutcome, _ build: BuildRow, _ index: IndexRecord, _ generation: UInt32,
        at now: Instant?, in database: Database, _ txn: borrowing WriteTransaction
    ) throws -> Backfill.PublishOutcome {
        switch outcome {
        case .deltaTooLarge(let left): return .deltaTooLarge(UInt64(left))
        case .badRecords(let open): return .badRecords(UInt64(open))
        case .uniqueViolations(let keys): return .uniqueViolations(UInt64(keys))
        case .published, .alreadyReady:
            var build = build
            build.stage = .published
            build.owner = nil
            build.error = nil
            build.endedAt = now
            let entries = UInt64(try store.entriesCount(index, generation: generation, in: txn))
            try txn.put(Row.build(build.job, build.index), Row.encode(build), in: database)
            try closeHistory(of: build, .published, entries: entries, in: database, txn)
            return .published(entries: entries)
        }
    }
}

/// The proof does not hold: thrown inside the publishing transaction, so that nothing of it stays.
private struct Unproved: Error {
    var doubts: [Proof.Doubt]
}
