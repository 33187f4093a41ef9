internal import Backfill

/// Scanning a range: chunks from snapshots, then one run for each index, each durable before it is reported.
extension Cluster {
    private enum Chunk {
        case ended
        case more
        case full(UInt32)
        case overflow(UInt32)
    }

    func chunk(_ work: SimulatedWork, _ worker: SimulatedWorker) throws {
        if work.order == .cut {
            guard let last = work.harvest.lastKey else {
                throw Stop(kind: .released, message: "cut before the first record")
            }
            moments.count(.rangeCutByStop)
            return endScan(work, at: weaknesses.contains(.exitIsSuccess) ? work.cut : successor(of: last))
        }
        if failsToRead() { throw SimulatedError.transient }
        switch try read(work, worker) {
        case .ended: endScan(work, at: work.cut)
        case .more: break
        case .full(let last):
            moments.count(.rangeCutByMemory)
            endScan(work, at: successor(of: last))
        case .overflow(let key):
            moments.count(.rangeCutByMemory)
            if work.harvest.records == 0 {
                work.memory *= 2
            } else {
                work.end = UInt64(key)
                work.cut = PrimaryKeys.key(key)
            }
            work.harvest = SimulatedHarvest()
            work.harvest.entries = Array(repeating: [], count: work.grant.indexes.count)
        }
        work.progress.position = work.harvest.lastKey.map(PrimaryKeys.key)
        work.progress.records = work.harvest.records
        work.progress.entries = UInt64(work.harvest.count)
    }

    private func successor(of key: UInt32) -> Key { Key(PrimaryKeys.key(key).bytes + [0]) }

    private func endScan(_ work: SimulatedWork, at cut: Key?) {
        work.cut = cut
        work.phase = .create(place: 0)
        for place in work.harvest.entries.indices { work.harvest.entries[place].sort() }
        skipDropped(work, from: 0)
    }

    /// One short read transaction, from behind the last record in the harvest (W9).
    private func read(_ work: SimulatedWork, _ worker: SimulatedWorker) throws -> Chunk {
        let records = work.snapshotBefore ?? store.records
        note(snapshot: store.transaction, &work.harvest)
        let start = work.grant.interval.start.map(PrimaryKeys.first(notBefore:)) ?? 0
        let from = work.harvest.lastKey.map { UInt64($0) + 1 } ?? start
        var place = records.place(of: from)
        var count = 0
        while place < records.count {
            let row = records[place]
            if UInt64(row.key) >= work.end { return .ended }
            if try !take(row, work, worker) { return .overflow(row.key) }
            if work.harvest.badRecords.count + work.fields.count > plan.badRecordsMax { return .full(row.key) }
            count += 1
            if count == plan.chunkRecords {
                if work.harvest.count >= work.memory { return .full(row.key) }
                return .more
            }
            place += 1
        }
        return .ended
    }

    private func note(snapshot: UInt64, _ harvest: inout SimulatedHarvest) {
        harvest.snapshotMin = min(harvest.snapshotMin ?? snapshot, snapshot)
        harvest.snapshotMax = max(harvest.snapshotMax, snapshot)
    }

    /// Takes a record's entries for all indexes; false if they do not fit any more.
    private func take(_ row: RecordRow, _ work: SimulatedWork, _ worker: SimulatedWorker) throws -> Bool {
        var total = 0
        for case let field? in work.fields {
            if row.record.isDeadly(field: field) { throw dies(worker, of: row) }
            total += row.record.keys(ofField: field).nonzeroBitCount
        }
        if work.harvest.count + total > work.memory + 16 { return false }
        for (place, field) in work.fields.enumerated() {
            guard let field else { continue }
            let keys = row.record.indexKeys(ofField: field, extractor: worker.program.extractor)
            guard let keys else {
                if !weaknesses.contains(.passOverBadRecords) {
                    work.harvest.badRecords.append(
                        BadRecord(index: place, primaryKey: PrimaryKeys.key(row.key), error: "malformed"))
                }
                continue
            }
            for bit in 0..<SimulatedRecord.keyCount where keys >> UInt16(bit) & 1 == 1 {
                work.harvest.entries[place].append(SimulatedEntry(key: bit, primaryKey: row.key))
                work.harvest.count += 1
            }
        }
        work.harvest.records += 1
        work.harvest.lastKey = row.key
        return true
    }

    private func dies(_ worker: SimulatedWorker, of row: RecordRow) -> Stop {
        moments.count(.deadlyRecordMet)
        note("worker \(name(worker)) dies of record \(row.key)")
        kill(worker)
        return .abandoned
    }

    /// The next file call of the runs; after the last the result stands.
    func writeRun(_ work: SimulatedWork, _ worker: SimulatedWorker) throws {
        switch work.phase {
        case .create(let place):
            if has(.noSpace), isFull { throw Stop(kind: .noSpace, message: "no space for a run") }
            if has(.lateFailures), dice.chance(plan.failuresPerMille) {
                throw Stop(kind: .transient, message: "writing a run: an input/output error")
            }
            let run = disk.create(
                identity(work, place), work.harvest.entries[place], writer: worker.life.slot << 32 | worker.life.number)
            work.runs.append(run)
            work.phase = weaknesses.contains(.reportBeforeSync) ? .rename(place: place) : .sync(place: place)
        case .sync(let place):
            disk.sync(identity(work, place))
            work.phase = .rename(place: place)
        case .rename(let place):
            disk.rename(identity(work, place))
            work.phase = .syncName(place: place)
        case .syncName(let place):
            if !weaknesses.contains(.reportBeforeSync) { disk.syncName(identity(work, place)) }
            work.phase = .create(place: place + 1)
            skipDropped(work, from: place + 1)
        default: break
        }
    }

    /// An index that was dropped has no run; behind the last one the scan is done.
    private func skipDropped(_ work: SimulatedWork, from start: Int) {
        var place = start
        while place < work.fields.count, work.fields[place] == nil {
            work.runs.append(nil)
            place += 1
        }
        work.phase = .create(place: place)
        guard place == work.fields.count else { return }
        let harvest = work.harvest
        work.outcome = .scanned(
            ScanResult(
                lease: work.grant.lease, interval: KeyInterval(start: work.grant.interval.start, end: work.cut),
                runs: work.runs, records: harvest.records, snapshotMin: harvest.snapshotMin ?? harvest.snapshotMax,
                snapshotMax: harvest.snapshotMax, badRecords: harvest.badRecords,
                badRecordsCount: UInt64(harvest.badRecords.count), retries: work.progress.retries))
    }

    private func identity(_ work: SimulatedWork, _ place: Int) -> SimulatedDisk.Identity {
        guard case .scan(let range) = work.grant.lease.item else { fatalError("only a scan writes runs") }
        return SimulatedDisk.Identity(
            job: work.grant.lease.job, range: range, attempt: work.grant.lease.attempt, index: place,
            generation: work.grant.indexes[place].generation)
    }
}
