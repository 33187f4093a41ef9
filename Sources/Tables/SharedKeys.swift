public import LMDB
internal import Values

/// A key of a unique index that several records have.
public struct UniqueViolation: Hashable, Sendable {
    /// The key's values, with commas between them.
    public let key: String
    /// The primary keys of records that have it, the first `recordsMax` of them.
    public let records: [String]
    /// How many records have it, counted up to `Store.sharedRecordsCounted`.
    public let recordsCount: Int
}

/// Finds keys that follow each other in the entries of a unique index, as a loader reads them back in order.
public struct SharedKeyFinder: Sendable {
    private let components: Int
    private var latest: [UInt8] = []
    /// The keys found since they were last taken, each once.
    public private(set) var found: [[UInt8]] = []

    /// A finder for an index of so many fields, before its first entry.
    public init(components: Int) { self.components = components }

    /// Looks at the next entry. Throws `CORRUPT` for one that no unique index can have.
    public mutating func take(_ entry: RawSpan) throws {
        guard let length = try KeyHolders.keyBytes(of: entry, components) else { return }
        let key = entry.extracting(first: length)
        if key.equals(latest.span.bytes) {
            if found.last != latest { found.append(latest) }
        } else {
            latest = key.copied
        }
    }

    /// Hands the keys over and forgets them.
    public mutating func takeFound() -> [[UInt8]] {
        let keys = found
        found = []
        return keys
    }
}

/// Keys of unique indexes that a build has seen under several records.
///
/// The list is of suspects: loads and drains add to it, and whoever reads it asks the entries whether a key is shared
/// now. So a rewritten or deleted record heals it without a command, and publishing finds every key that is shared.
///
///     key    index id (8 bytes, big-endian) ‖ generation (4) ‖ the index key, whole
///     value  empty
extension Store {
    /// Keys counted at the most; beyond that there are "so many or more".
    public static let sharedKeysCounted = 1_000
    /// Records of one key counted at the most.
    public static let sharedRecordsCounted = 1_000
    /// Suspects looked at in one transaction: under a few milliseconds of holding the write lock.
    static let sharedKeysPerTransaction = 5_000

    /// Lists keys as suspects of a generation. The caller fences.
    public func noteSharedKeys(
        _ keys: [[UInt8]], of index: IndexRecord, generation: UInt32, in txn: borrowing WriteTransaction
    ) throws {
        let list = try txn.database(Store.sharedKeysDatabase)
        let prefix = BadRecordRow.prefix(index: index.id, generation: generation)
        for key in keys { try txn.put(prefix + key, [], in: list) }
    }

    /// Lists the keys of applied delta rows that another entry has too.
    func noteSharedKeys(
        of rows: borrowing EntryList, in entries: Database, _ index: IndexRecord, _ generation: UInt32,
        _ txn: borrowing WriteTransaction
    ) throws {
        let holders = KeyHolders(entries: entries, delta: nil, components: index.fields.count)
        for row in rows.items.indices where rows.items[row].rule == Int(DeltaMark.present.rawValue) {
            try rows.withEntry(row) { entry in
                guard try holders.other(than: entry, in: txn) != nil else { return }
                guard let length = try KeyHolders.keyBytes(of: entry, holders.components) else { return }
                try noteSharedKeys([entry.extracting(first: length).copied], of: index, generation: generation, in: txn)
            }
        }
    }

    /// What became of the suspects of a generation.
    enum SharedKeysOutcome {
        /// None is shared, and the list is empty.
        case none
        /// So many keys are shared, counted up to a bound.
        case shared(Int)
        /// More suspects than one transaction looks at; so many are left at least.
        case unsettled(Int)
    }

    /// Takes the suspects that are not shared off the list, and counts those that are.
    ///
    /// The delta must have been applied.
    func settleSharedKeys(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing WriteTransaction
    ) throws -> SharedKeysOutcome {
        guard index.isUnique else { return .none }
        let holders = try keyHolders(of: index, generation: generation, in: txn)
        var healed: [[UInt8]] = []
        var shared = 0
        var isOver = true
        try forEachSuspect(index, generation, txn) { row, key in
            if try isShared(key, holders, txn) { shared += 1 } else { healed.append(row) }
            isOver = shared < Store.sharedKeysCounted && healed.count < Store.sharedKeysPerTransaction
            return isOver
        }
        let list = try txn.database(Store.sharedKeysDatabase)
        for row in healed { _ = try txn.delete(row, in: list) }
        if shared > 0 { return .shared(shared) }
        return isOver ? .none : .unsettled(1)
    }

    /// Whether a key of a unique index that is being built is shared by records now.
    public func hasSharedKey(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Bool {
        try sharedKeysCount(index, generation: generation, upTo: 1, in: txn) > 0
    }

    /// How many keys of a unique index that is being built are shared by records now, counted up to a bound.
    ///
    /// Looks at two records of each key, however many have it.
    public func sharedKeysCount(
        _ index: IndexRecord, generation: UInt32, upTo bound: Int = Store.sharedKeysCounted,
        in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int {
        guard index.isUnique else { return 0 }
        let holders = try keyHolders(of: index, generation: generation, in: txn)
        var count = 0
        try forEachSuspect(index, generation, txn) { _, key in
            if try isShared(key, holders, txn) { count += 1 }
            return count < bound
        }
        return count
    }

    /// The keys of a unique index that are shared by records now, in key order, at most `limit`, each with at most
    /// `recordsMax` of its records.
    public func uniqueViolations(
        _ index: IndexRecord, generation: UInt32, limit: Int = Store.sharedKeysCounted, recordsMax: Int = 10,
        in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [UniqueViolation] {
        guard index.isUnique else { return [] }
        let holders = try keyHolders(of: index, generation: generation, in: txn)
        var found: [UniqueViolation] = []
        let table = try catalog(in: txn).table(index.tableName)
        try forEachSuspect(index, generation, txn) { _, key in
            var (text, records, count) = ("", [String](), 0)
            try holders.forEach(of: key, in: txn) { entry in
                if count == 0 { text = ValueText.display(entry: entry, components: holders.components) }
                if count < recordsMax { records.append(KeyHolders.recordText(entry, keyBytes: key.count, of: table)) }
                count += 1
                return count < Store.sharedRecordsCounted
            }
            if count > 1 { found.append(UniqueViolation(key: text, records: records, recordsCount: count)) }
            return found.count < limit
        }
        return found
    }

    private func keyHolders(
        of index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> KeyHolders {
        let hasDelta = index.generation(generation)?.state.takesDelta ?? false
        let delta = Store.deltaDatabase(index: index.id, generation: generation)
        return KeyHolders(
            entries: try entries(of: index, generation: generation, in: txn),
            delta: hasDelta ? try txn.database(delta) : nil, components: index.fields.count)
    }

    private func isShared(
        _ key: [UInt8], _ holders: KeyHolders, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Bool {
        var count = 0
        try holders.forEach(of: key, in: txn) { _ in
            count += 1
            return count < 2
        }
        return count > 1
    }

    private func forEachSuspect(
        _ index: IndexRecord, _ generation: UInt32, _ txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (_ row: [UInt8], _ key: [UInt8]) throws -> Bool
    ) throws {
        guard let list = try txn.databaseIfPresent(Store.sharedKeysDatabase) else { return }
        let prefix = BadRecordRow.prefix(index: index.id, generation: generation)
        try txn.withCursor(in: list) { cursor in
            var more = try cursor.seek(atOrAfter: prefix)
            while more {
                let row = cursor.key
                guard row.starts(with: prefix), try body(row, Array(row.dropFirst(prefix.count))) else { return }
                more = try cursor.next()
            }
        }
    }
}
