/// Keys of unique indexes that several records have, and who has a key.
///
/// The list is of suspects: loads and drains add to it, and whoever reads it asks the entries whether a key is shared
/// now. So a record that changes heals it without a command.
extension SimulatedStore {
    /// Lists keys as suspects of a generation. The caller fences.
    public mutating func noteSharedKeys(_ keys: [Int], index: UInt64, generation: UInt64) throws(SimulatedError) {
        for key in keys {
            try trap.spring(.max)
            sharedKeys.put(SharedKeyRow(index: index, generation: generation, key: key))
        }
    }

    /// Lists the keys of applied delta rows that another entry has too.
    mutating func noteSharedKeys(
        of rows: ArraySlice<DeltaRow>, index: UInt64, generation: UInt64
    ) throws(SimulatedError) {
        guard indexes[try live(index)].isUnique, !weaknesses.contains(.drainNotesNoKeys) else { return }
        let holders = KeyHolders(try requiredDatabase(index, generation), withDelta: false)
        for row in rows where row.isPresent && hasOther(than: row.entry, holders) {
            try noteSharedKeys([row.entry.key], index: index, generation: generation)
        }
    }

    /// Throws `uniqueViolation` if the record to be takes a key that another record is known to have.
    ///
    /// The ready generation tells of all keys; without one, what was loaded and the delta tell what they can.
    func checkUnique(
        _ key: UInt32, from old: SimulatedRecord?, to new: SimulatedRecord, _ extractor: UInt32
    ) throws(SimulatedError) {
        guard !weaknesses.contains(.admitSharedKeys) else { return }
        for index in indexes where index.isUnique && !index.isDropped {
            guard let holders = keyHolders(of: index) else { continue }
            let before = old?.indexKeys(ofField: index.field, extractor: extractor) ?? 0
            let after = new.indexKeys(ofField: index.field, extractor: extractor) ?? 0
            for bit in 0..<SimulatedRecord.keyCount where (after & ~before) >> UInt16(bit) & 1 == 1 {
                if hasOther(than: SimulatedEntry(key: bit, primaryKey: key), holders) { throw .uniqueViolation }
            }
        }
    }

    /// Takes the suspects that are not shared off the list, and counts those that are. The delta must be empty.
    mutating func settleSharedKeys(_ index: SimulatedIndex, _ generation: UInt64) -> Int {
        guard index.isUnique else { return 0 }
        let shared = sharedKeys(of: index, generation)
        sharedKeys.removeAll { row in
            row.index == index.id && row.generation == generation && !shared.contains(row.key)
        }
        return shared.count
    }

    /// Whether a key of a generation that is being built is shared by records now.
    func hasSharedKey(_ index: SimulatedIndex, _ generation: UInt64) -> Bool {
        if weaknesses.contains(.stayBlocked) {
            return sharedKeys.contains { $0.index == index.id && $0.generation == generation }
        }
        return index.isUnique && !sharedKeys(of: index, generation).isEmpty
    }

    /// Whether no record stands in the way of a generation that is being built.
    func isMended(_ index: SimulatedIndex, _ generation: UInt64) -> Bool {
        openBadRecordsCount(index.id, generation: generation) == 0 && !hasSharedKey(index, generation)
    }

    /// The suspects that are shared by records now, in key order.
    public func sharedKeys(of index: SimulatedIndex, _ generation: UInt64) -> [Int] {
        let suspects = sharedKeys.filter { $0.index == index.id && $0.generation == generation }.map(\.key)
        guard !suspects.isEmpty, !weaknesses.contains(.neverHealKeys) else { return suspects }
        return suspects.filter { holders(ofKey: $0, of: index, generation).count > 1 }
    }

    /// The records that have a key in a generation, as far as its entries and its delta tell.
    public func holders(ofKey key: Int, of index: SimulatedIndex, _ generation: UInt64) -> [UInt32] {
        guard let place = database(index.id, generation) else { return [] }
        let hasDelta = index.generation(generation)?.state.takesDelta ?? false
        return holders(of: key, KeyHolders(place, withDelta: hasDelta))
    }

    /// Which databases tell who has a key; the delta has the last word.
    private struct KeyHolders {
        let database: Int
        let withDelta: Bool

        init(_ database: Int, withDelta: Bool) {
            self.database = database
            self.withDelta = withDelta
        }
    }

    private func keyHolders(of index: SimulatedIndex) -> KeyHolders? {
        guard let generation = index.ready ?? index.coming, let place = database(index.id, generation.number)
        else { return nil }
        return KeyHolders(place, withDelta: index.ready == nil)
    }

    private func hasOther(than entry: SimulatedEntry, _ known: KeyHolders) -> Bool {
        if entry.isNull, !weaknesses.contains(.nullsAreShared) { return false }
        return holders(of: entry.key, known).contains { $0 != entry.primaryKey }
    }

    private func holders(of key: Int, _ known: KeyHolders) -> [UInt32] {
        let first = SimulatedEntry(key: key, primaryKey: 0).bits
        let (entries, delta) = (databases[known.database].entries, databases[known.database].delta)
        let loaded = entries[entries.place(of: first)...].prefix { $0.key == key }
        guard known.withDelta else { return loaded.map(\.primaryKey) }
        let standing = loaded.filter { entry in
            delta.row(at: entry.bits)?.isPresent ?? true || weaknesses.contains(.refuseFreedKeys)
        }
        let marked = delta[delta.place(of: first)...].prefix { $0.entry.key == key }
        let coming = marked.filter { $0.isPresent && entries.row(at: $0.order) == nil }
        return standing.map(\.primaryKey) + coming.map(\.entry.primaryKey)
    }
}

/// Finds keys that follow each other in the entries of a unique index, as a loader reads them back in order.
public struct SharedKeyFinder: Hashable, Sendable {
    private var latest: Int?
    /// The keys found since they were last taken, each once.
    public private(set) var found: [Int] = []

    /// A finder before its first entry.
    public init() {}

    /// Looks at the next entry.
    public mutating func take(_ entry: SimulatedEntry, nullsAreShared: Bool = false) {
        if entry.isNull, !nullsAreShared { return }
        if entry.key == latest {
            if found.last != entry.key { found.append(entry.key) }
        } else {
            latest = entry.key
        }
    }

    /// Hands the keys over and forgets them.
    public mutating func takeFound() -> [Int] {
        let keys = found
        found = []
        return keys
    }
}
