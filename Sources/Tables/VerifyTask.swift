internal import LMDB
internal import Values

/// A part of a check: one side of it, over a stretch of the keys.
struct VerifyTask: Sendable {
    enum Kind: Sendable, Hashable {
        /// Sum up what the records call for, for all indexes in one scan.
        case sumRecords
        /// Sum up what an index holds.
        case sumEntries(place: Int)
        /// Look for every entry that a record calls for.
        case findMissing(place: Int)
        /// Look for the record of every entry.
        case findUncalled(place: Int)
    }

    var kind: Kind
    /// The keys from here (nil: the first) up to before there (nil: to the end).
    var start: [UInt8]?
    var end: [UInt8]?
    /// How many damaged entries are kept for repair.
    var keeping = 0

    /// Tasks of a kind that together cover all keys, cut at these.
    static func tasks(_ kind: Kind, cutAt cuts: [[UInt8]], keeping: Int = 0) -> [VerifyTask] {
        let bounds: [[UInt8]?] = [nil] + cuts + [nil]
        return zip(bounds, bounds.dropFirst()).map {
            VerifyTask(kind: kind, start: $0, end: $1, keeping: keeping / (cuts.count + 1))
        }
    }
}

/// A check as seen in one transaction: the table, its indexes, what was found of each.
struct VerifyScene: ~Copyable {
    let store: Store
    let table: TableRecord
    let records: Database
    /// One for each index, with what this scene's tasks found.
    var scans: [IndexScan]
    private var scratch = EntryExtractor.Scratch()

    init(
        _ store: Store, _ table: TableRecord, _ candidates: [ReadyIndex],
        in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        // Found now: a name that is looked for later could make the transaction begin again, at another snapshot.
        let records = try store.records(of: table, in: txn)
        _ = try txn.databaseIfPresent(Store.badRecordsDatabase)
        self.store = store
        self.table = table
        self.records = records
        scans = candidates.map { IndexScan($0, of: table) }
    }

    /// Does a task and returns what it found, one for each index.
    mutating func perform(
        _ task: VerifyTask, _ meter: inout VerifyMeter, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [IndexScan] {
        for place in scans.indices { scans[place].clear() }
        switch task.kind {
        case .sumRecords: try sumRecords(task, &meter, txn)
        case .sumEntries(let place): try sumEntries(task, place, &meter, txn)
        case .findMissing(let place): try findMissing(task, place, &meter, txn)
        case .findUncalled(let place): try findUncalled(task, place, &meter, txn)
        }
        return scans
    }

    private mutating func sumRecords(
        _ task: VerifyTask, _ meter: inout VerifyMeter, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        let rules = scans.map(\.ready.index.rule)
        let extractor = table.extractor(rules)
        var sums = Array(repeating: EntryDigest.zero, count: scans.count)
        var count = 0
        try Self.forEach(task, in: records, txn) { key, record in
            count += 1
            meter.count()
            var emitted = 0
            do {
                try extractor.extract(primaryKey: key, value: record, into: &scratch) {
                    sums[$0].add(entry: $1)
                    emitted += 1
                }
            } catch is RecordError {
                // All or nothing: the extractor emits nothing of a record that it refuses.
                guard emitted == 0 else {
                    throw GaplessError(.defect, "the extractor refused a record after emitting \(emitted) entries")
                }
                for place in scans.indices { try sumAlone(key, record, place, &sums[place], txn) }
            }
        }
        for place in scans.indices {
            scans[place].wanted = sums[place]
            scans[place].found.records = count
        }
    }

    /// Sums up a record for one index, after some index could not take it.
    private mutating func sumAlone(
        _ key: RawSpan, _ record: RawSpan, _ place: Int, _ sum: inout EntryDigest,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var own = sum
        do {
            try scans[place].extractor.extract(primaryKey: key, value: record, into: &scratch) { own.add(entry: $1) }
            sum = own
        } catch let error as RecordError {
            let ready = scans[place].ready
            if try store.isWaived(key, ready.index, generation: ready.generation.number, in: txn) {
                scans[place].found.waived += 1
            } else {
                scans[place].noteBad(error, record: table.text(ofKey: key))
            }
        }
    }

    private mutating func sumEntries(
        _ task: VerifyTask, _ place: Int, _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var sum = EntryDigest.zero
        let (entries, isUnique) = (scans[place].ready.entries, scans[place].ready.index.isUnique)
        var latestKey = isUnique ? try keyBefore(task, place, txn) : nil
        try Self.forEach(task, in: entries, txn) { entry, _ in
            sum.add(entry: entry)
            meter.count()
            if isUnique { latestKey = noteShared(entry, place, after: latestKey) }
        }
        scans[place].held = sum
        scans[place].found.entries = Int(sum.count)
    }

    /// The index key of an entry of a unique index; nil if it is nobody's alone, or the entry is damaged: that is found
    /// by what its record calls for.
    private func uniqueKey(_ entry: RawSpan, _ place: Int) -> [UInt8]? {
        do {
            let length = try KeyHolders.keyBytes(of: entry, scans[place].components)
            return length.map { entry.extracting(first: $0).copied }
        } catch {
            return nil
        }
    }

    /// The index key of the entry before a task's first: the two may share it.
    private func keyBefore(
        _ task: VerifyTask, _ place: Int, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [UInt8]? {
        guard let start = task.start else { return nil }
        return try txn.withCursor(in: scans[place].ready.entries) { cursor in
            let isThere = try cursor.seek(atOrAfter: start) ? try cursor.previous() : try cursor.last()
            return isThere ? cursor.withEntry { entry, _ in uniqueKey(entry, place) } : nil
        }
    }

    /// Notes an entry of a unique index whose key the entry before it has too; the key, for the next one.
    private mutating func noteShared(_ entry: RawSpan, _ place: Int, after latest: [UInt8]?) -> [UInt8]? {
        guard let key = uniqueKey(entry, place) else { return nil }
        if key == latest {
            let record = table.text(ofKey: entry.extracting(key.count..<entry.byteCount))
            scans[place].noteShared(entry, record: record)
        }
        return key
    }

    private mutating func findMissing(
        _ task: VerifyTask, _ place: Int, _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var list = EntryList()
        let (extractor, entries) = (scans[place].extractor, scans[place].ready.entries)
        try Self.forEach(task, in: records, txn) { key, record in
            list.removeAll()
            meter.count()
            do {
                try extractor.extract(primaryKey: key, value: record, into: &scratch) {
                    list.append(rule: $0, entry: $1)
                }
            } catch is RecordError {
                // Counted as a bad record by the first scan; it calls for no entries.
                return
            }
            for item in list.items.indices {
                try list.withEntry(item) { entry in
                    if try txn.withValue(of: entry, in: entries, { _ in true }) ?? false { return }
                    let record = table.text(ofKey: key)
                    scans[place].note(.missing, entry: entry, record: record, keeping: task.keeping)
                }
            }
        }
    }

    private mutating func findUncalled(
        _ task: VerifyTask, _ place: Int, _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        let (index, extractor) = (scans[place].ready.index, scans[place].extractor)
        try Self.forEach(task, in: scans[place].ready.entries, txn) { entry, _ in
            meter.count()
            let origin = try EntryOrigin.find(entry, of: index, extractor, &scratch, records: records, in: txn)
            switch origin {
            case .derived: break
            case .stale(let key):
                let record = table.text(ofKey: key.span.bytes)
                scans[place].note(.stale, entry: entry, record: record, keeping: task.keeping)
            case .dangling(let part):
                let record = table.text(ofKey: part.span.bytes)
                scans[place].note(.dangling, entry: entry, record: record, keeping: task.keeping)
            }
        }
    }

    private static func forEach(
        _ task: VerifyTask, in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (_ key: RawSpan, _ value: RawSpan) throws -> Void
    ) throws {
        try txn.withCursor(in: database, readingAhead: true) { cursor in
            var more = try task.start.map { try cursor.seek(atOrAfter: $0) } ?? cursor.first()
            while more {
                let isBeyond = try cursor.withEntry { key, value in
                    if let end = task.end, key.compare(end.span.bytes) >= 0 { return true }
                    try body(key, value)
                    return false
                }
                if isBeyond { return }
                more = try cursor.next()
            }
        }
    }
}
