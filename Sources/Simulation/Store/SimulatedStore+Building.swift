public import Backfill

/// Loading, draining and publishing a generation.
extension SimulatedStore {
    /// Appends entries, each greater than the one before. Throws `outOfOrder`.
    public mutating func append(
        _ entries: ArraySlice<SimulatedEntry>, index: UInt64, generation: UInt64
    ) throws(SimulatedError) {
        let place = try requiredDatabase(index, generation)
        for entry in entries {
            if let last = databases[place].entries.last, entry <= last { throw .outOfOrder }
            try trap.spring(entry.primaryKey)
            databases[place].entries.append(entry)
        }
    }

    /// Removes the first entries, at most `limit`; whether the index is empty then.
    public mutating func removeEntries(
        index: UInt64, generation: UInt64, limit: Int
    ) throws(SimulatedError) -> Bool {
        let place = try requiredDatabase(index, generation)
        let count = databases[place].entries.count
        databases[place].entries.removeFirst(min(limit, count))
        return count < limit
    }

    /// Applies at most `limit` rows of the delta of a generation that is being built, and says how many are left.
    @discardableResult
    public mutating func drain(
        index: UInt64, generation: UInt64, limit: Int
    ) throws(SimulatedError) -> (applied: Int, remaining: Int) {
        guard indexes[try live(index)].coming?.number == generation else { throw .wrongState }
        let place = try requiredDatabase(index, generation)
        let rows = databases[place].delta.prefix(limit)
        for row in rows {
            if row.isPresent {
                try trap.spring(row.entry.primaryKey)
                databases[place].entries.put(row.entry)
            } else {
                databases[place].entries.delete(row.entry.bits)
            }
        }
        databases[place].delta.removeFirst(rows.count)
        try noteSharedKeys(of: rows, index: index, generation: generation)
        return (rows.count, databases[place].delta.count)
    }

    /// Tries the proof and publishes: all of it from what is stored, in one transaction.
    public mutating func publish(
        job: JobID, place: Int, epoch: Epoch, extractor: UInt32, deltaMax: Int
    ) throws(SimulatedError) -> PublishOutcome {
        try confirm(epoch: epoch)
        guard let number = jobs.firstIndex(where: { $0.row.id == job }),
            var build = jobs[number].builds.first(where: { $0.index == place }),
            jobs[number].row.indexes.indices.contains(place)
        else { return .gone }
        let name = jobs[number].row.indexes[place]
        if let entries = entriesPublished(build, name) { return .published(entries: entries) }
        guard let at = coming(name) else { return .gone }
        guard let coming = indexes[at].coming else { return .gone }
        if coming.state == .paused { return .paused }
        guard coming.state == .building else { throw .wrongState }
        guard coming.extractor == extractor else { throw .incompatible }
        if !weaknesses.contains(.publishUnproved) {
            let doubts = Proof.doubts(
                index: place, ranges: jobs[number].ranges, build: build, transaction: transaction)
            if !doubts.isEmpty { return .unproved(doubts) }
        }
        let open = openBadRecordsCount(name.index, generation: name.generation)
        guard open == 0 || weaknesses.contains(.ignoreBadRecords) else { return .badRecords(UInt64(open)) }
        let database = try requiredDatabase(name.index, name.generation)
        let pending = databases[database].delta.count
        guard pending <= deltaMax else { return .deltaTooLarge(UInt64(pending)) }
        if !weaknesses.contains(.skipDrainRest) {
            try drain(index: name.index, generation: name.generation, limit: pending)
        }
        let shared = settleSharedKeys(indexes[at], name.generation)
        guard shared == 0 || weaknesses.contains(.publishSharedKeys) else { return .uniqueViolations(UInt64(shared)) }
        if let old = indexes[at].ready { try indexes[at].setState(.dropping, of: old.number) }
        try indexes[at].setState(.ready, of: name.generation)
        demandsVersion += 1
        build.stage = .published
        build.owner = nil
        build.error = nil
        store(build, inJobAt: number)
        return .published(entries: UInt64(databases[database].entries.count))
    }

    private func entriesPublished(_ build: BuildRow, _ name: JobIndex) -> UInt64? {
        guard build.stage == .published,
            let index = indexes.first(where: { $0.id == name.index }),
            index.generation(name.generation)?.state == .ready
        else { return nil }
        return entries(index: name.index, generation: name.generation).map { UInt64($0.count) }
    }

    /// The place of an index whose coming generation this is; nil if it was dropped or published meanwhile.
    func coming(_ name: JobIndex) -> Int? {
        indexes.firstIndex {
            $0.id == name.index && $0.coming?.number == name.generation && $0.fingerprint == name.fingerprint
                && !$0.isDropped
        }
    }
}
