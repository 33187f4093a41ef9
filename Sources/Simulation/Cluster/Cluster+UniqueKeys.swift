internal import Backfill

/// Records for unique indexes, writers who are refused, and operators who part records that share a key.
extension Cluster {
    /// How often, per mille, a record takes a key whoever has it.
    private static let collisionsPerMille = 100

    /// Gives fields of unique indexes few keys: there are not many, and each is one record's.
    ///
    /// Another stream of chance than that of all other faults: a plan without unique indexes takes its old course.
    func setUniqueFields(_ record: inout SimulatedRecord, collides: Bool) {
        for field in plan.uniqueFields {
            let taken = model.reduce(UInt16(0)) { $0 | $1.record.keys(ofField: field) }
            record.set(field: field, keys: drawUniqueKeys(taken, collides: collides))
        }
    }

    private func drawUniqueKeys(_ taken: UInt16, collides: Bool) -> UInt16 {
        let places = 0..<UInt16(SimulatedRecord.keyCount)
        if collides, uniqueDice.chance(Cluster.collisionsPerMille) {
            return 1 << UInt16(uniqueDice.below(SimulatedRecord.keyCount))
        }
        let null: UInt16 = 1 << UInt16(SimulatedRecord.keyCount - 1)
        let free = places.filter { (taken | null) >> $0 & 1 == 0 }
        switch uniqueDice.below(8) {
        case 0, 1: return 0
        // The null of the usual key rules. For newer ones it is a key, which records then share.
        case 2: return finalProgram.extractor == Program.current.extractor ? null : 0
        case 3 where free.count > 1: return 1 << uniqueDice.one(of: free) | 1 << uniqueDice.one(of: free)
        default: return free.isEmpty ? 0 : 1 << uniqueDice.one(of: free)
        }
    }

    /// A writer was told that another record has a key: that was so, and nothing was written.
    func checkRefusal(_ writes: [Write], extractor: UInt32, _ before: SimulatedStore) {
        if let message = UniqueKeysHaveOneRecord.checkUnchanged(before, store) {
            fail(UniqueKeysHaveOneRecord.name, message)
        }
        var records = model
        for write in writes {
            switch write {
            case .put(let key, let record):
                let reason = UniqueKeysHaveOneRecord.reason(key, record, records, store, extractor: extractor)
                if let reason {
                    return moments.count(reason.ready == nil ? .writerRefusedWhileBuilding : .writerRefusedWhenReady)
                }
                records.put(RecordRow(key: key, record: record))
            case .delete(let key): records.delete(UInt64(key))
            }
        }
        fail(UniqueKeysHaveOneRecord.name, "a writer was refused a key that no other record has")
    }

    /// Rewrites or deletes one of the records that share the first shared key of an index; false if there is none.
    @discardableResult
    func partOne(of index: SimulatedIndex) -> Bool {
        guard index.isUnique, let coming = index.coming else { return false }
        guard let key = store.sharedKeys(of: index, coming.number).first else { return false }
        let holders = store.holders(ofKey: key, of: index, coming.number)
        guard holders.count > 1 else { return false }
        rewrite(uniqueDice.one(of: holders))
        return true
    }

    /// Parts all records that share a key; which nobody does anything about but that.
    func partAll() {
        for index in store.indexes where !index.isDropped {
            var left = store.records.count
            while left > 0, partOne(of: index) { left -= 1 }
        }
    }

    /// Whether an index goes on by itself once its records are mended.
    func healsByItself(_ index: SimulatedIndex) -> Bool {
        guard index.isUnique, let coming = index.coming else { return false }
        let name = index.jobIndex(coming.number)
        return store.jobs.contains { job in
            guard job.row.state == .open, let place = job.row.indexes.firstIndex(of: name) else { return false }
            return job.builds.indices.contains(place) && job.builds[place].isBlockedByRecords
        }
    }

    /// Counts what a transaction did to a blocked unique index.
    func noteHealing(_ index: SimulatedIndex, before: SimulatedIndex?, _ commit: Commit) {
        guard index.isUnique, case .coordinator = commit.actor, index.coming?.state == .building,
            let was = before?.coming, was.state == .blocked, was.blockedReason?.contains("shared") == true
        else { return }
        moments.count(.sharedKeysHealed)
    }
}
