/// Writing records together with what indexes derive from them.
extension SimulatedStore {
    /// Stores a record. Throws `badRecord` if some index cannot take it, and `incompatible` if a generation was
    /// declared by a program with other key rules.
    public mutating func put(
        _ key: UInt32, _ record: SimulatedRecord, extractor: UInt32
    ) throws(SimulatedError) {
        try checkExtractors(extractor)
        for index in indexes where !index.isDropped && record.isMalformed(field: index.field) { throw .badRecord }
        try checkUnique(key, from: old(key), to: record, extractor)
        try maintain(key, from: old(key), to: record, extractor)
        heal(key)
        try trap.spring(key)
        if self.record(key) == nil { demandsVersion += 1 }
        records.put(RecordRow(key: key, record: record))
    }

    /// Deletes a record; false if there is none.
    @discardableResult
    public mutating func delete(_ key: UInt32, extractor: UInt32) throws(SimulatedError) -> Bool {
        try checkExtractors(extractor)
        guard record(key) != nil else { return false }
        try maintain(key, from: old(key), to: nil, extractor)
        heal(key)
        demandsVersion += 1
        return records.delete(UInt64(key))
    }

    private func old(_ key: UInt32) -> SimulatedRecord? {
        guard weaknesses.contains(.diffAgainstCommitted) else { return record(key) }
        return recordsBefore.row(at: UInt64(key))?.record
    }

    private func checkExtractors(_ extractor: UInt32) throws(SimulatedError) {
        for index in indexes where !index.isDropped {
            for generation in index.generations where generation.state != .dropping {
                if generation.extractor != extractor { throw .incompatible }
            }
        }
    }

    private mutating func maintain(
        _ key: UInt32, from old: SimulatedRecord?, to new: SimulatedRecord?, _ extractor: UInt32
    ) throws(SimulatedError) {
        for index in indexes where !index.isDropped {
            let before = old?.indexKeys(ofField: index.field, extractor: extractor) ?? 0
            let after = new?.indexKeys(ofField: index.field, extractor: extractor) ?? 0
            if let ready = index.ready { try updateReady(index.id, ready.number, key, before, after) }
            if let coming = index.coming { try updateDelta(index.id, coming.number, key, before, after) }
            // Whether a suspect is shared still is asked for every look at the catalog.
            if index.isUnique, index.coming?.state == .blocked { demandsVersion += 1 }
        }
    }

    private mutating func updateReady(
        _ index: UInt64, _ generation: UInt64, _ key: UInt32, _ before: UInt16, _ after: UInt16
    ) throws(SimulatedError) {
        let place = try requiredDatabase(index, generation)
        for bit in 0..<SimulatedRecord.keyCount where (before ^ after) >> UInt16(bit) & 1 == 1 {
            try trap.spring(key)
            let entry = SimulatedEntry(key: bit, primaryKey: key)
            if after >> UInt16(bit) & 1 == 1 {
                databases[place].entries.put(entry)
            } else {
                databases[place].entries.delete(entry.bits)
            }
        }
    }

    /// A tombstone for each entry that goes, `present` for every one of the new record, were it there before or not.
    private mutating func updateDelta(
        _ index: UInt64, _ generation: UInt64, _ key: UInt32, _ before: UInt16, _ after: UInt16
    ) throws(SimulatedError) {
        let place = try requiredDatabase(index, generation)
        for bit in 0..<SimulatedRecord.keyCount where (before | after) >> UInt16(bit) & 1 == 1 {
            let isPresent = after >> UInt16(bit) & 1 == 1
            if !isPresent, weaknesses.contains(.forgetTombstones) { continue }
            let entry = SimulatedEntry(key: bit, primaryKey: key)
            let isThere = databases[place].entries.row(at: entry.bits) != nil
            if isPresent, isThere, weaknesses.contains(.elideWhileBuilding) { continue }
            try trap.spring(key)
            databases[place].delta.put(DeltaRow(entry: entry, isPresent: isPresent))
        }
    }

    /// Takes a record that was rewritten or deleted off the lists of bad records.
    private mutating func heal(_ key: UInt32) {
        guard !badRecords.isEmpty else { return }
        let live = indexes.filter { !$0.isDropped }
        let before = badRecords.count
        badRecords.removeAll { row in
            guard row.key == key, let index = live.first(where: { $0.id == row.index }) else { return false }
            return index.ready?.number == row.generation || index.coming?.number == row.generation
        }
        if badRecords.count != before { demandsVersion += 1 }
    }

    /// Stores records without any index, as an import into a new table does.
    public mutating func importRecords(_ rows: [(key: UInt32, record: SimulatedRecord)]) {
        for row in rows { records.put(RecordRow(key: row.key, record: row.record)) }
        demandsVersion += 1
    }
}

/// Records that an index cannot take.
extension SimulatedStore {
    /// Lists a record as bad if, as it stands now, it really is; true if it was.
    @discardableResult
    public mutating func recordBad(
        index: UInt64, generation: UInt64, key: UInt32
    ) throws(SimulatedError) -> Bool {
        let place = try live(index)
        guard indexes[place].coming?.number == generation else { throw .wrongState }
        demandsVersion += 1
        guard record(key)?.isMalformed(field: indexes[place].field) == true else {
            badRecords.delete(BadRow.order(index, generation, key))
            return false
        }
        let before = badRecords.row(at: BadRow.order(index, generation, key))
        // What the ready generation goes without its rebuild may go without, too.
        let inReady = indexes[place].ready.flatMap { badRecords.row(at: BadRow.order(index, $0.number, key)) }
        let isWaived = (before ?? inReady)?.isWaived ?? false
        badRecords.put(BadRow(index: index, generation: generation, key: key, isWaived: isWaived))
        return true
    }

    /// Says that a generation may go without a bad record.
    public mutating func waiveBad(index: UInt64, generation: UInt64, key: UInt32) throws(SimulatedError) {
        guard var row = badRecords.row(at: BadRow.order(index, generation, key)) else { throw .badRecord }
        row.isWaived = true
        badRecords.put(row)
        demandsVersion += 1
    }

    /// How many bad records of a generation are neither healed nor waived.
    public func openBadRecordsCount(_ index: UInt64, generation: UInt64) -> Int {
        badRecords.count { $0.index == index && $0.generation == generation && !$0.isWaived }
    }
}
