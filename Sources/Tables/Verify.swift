public import LMDB
internal import Values

extension Store {
    /// How many damaged entries of an index are kept for repair at a time: about 16 MB at most.
    static let repairEntriesMax = 32_768

    /// Checks ready indexes of a table against its records, both ways, at the one snapshot of this transaction.
    ///
    /// First both sides are summed up: what the records call for, and what the index holds. Only where the sums differ
    /// every entry is looked for. Memory is bounded; time is two scans. The transaction pins every page freed
    /// meanwhile: under many writes the file grows until it ends. `indexName` nil checks all, else throws
    /// `NO_SUCH_INDEX` and `INDEX_NOT_READY`.
    public func verify(
        _ tableName: String, index indexName: String? = nil, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> VerifyReport {
        var progress = VerifyMeter { _ in }
        let (table, scans, notReady) = try scan(tableName, indexName, keeping: 0, &progress, txn)
        return VerifyReport(table: table.name, indexes: scans.map(\.found), notReady: notReady)
    }

    func scan(
        _ tableName: String, _ indexName: String?, keeping repairMax: Int, _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> (TableRecord, [IndexScan], notReady: [String]) {
        let table = try self.table(tableName, in: txn)
        var candidates = try readyIndexes(of: table, in: txn)
        var notReady = try catalog(in: txn).indexes(of: table).filter { $0.ready == nil }.map(\.fullName)
        if let indexName {
            candidates = [try readyIndex("\(tableName).\(indexName)", in: txn)]
            notReady = []
        }
        var scans = candidates.map { IndexScan($0, of: table) }
        let records = try recordsCount(of: table, in: txn)
        let entries = try scans.map { try txn.statistics(of: $0.ready.entries).entries }
        meter.begin(.comparing, total: records + entries.reduce(0, +))
        try sumRecords(of: table, &scans, &meter, txn)
        for place in scans.indices { try sumEntries(&scans[place], &meter, txn) }
        for place in scans.indices where scans[place].differs {
            meter.begin(.locating, total: records + entries[place])
            try findMissing(of: table, &scans[place], keeping: repairMax, &meter, txn)
            try findUncalled(of: table, &scans[place], keeping: repairMax, &meter, txn)
        }
        return (table, scans, notReady)
    }

    /// Sums up what the records call for, in one scan for all indexes.
    private func sumRecords(
        of table: TableRecord, _ scans: inout [IndexScan], _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        let rules = scans.map(\.ready.index.rule)
        let extractor = EntryExtractor(rules: rules, format: table.format, schema: table.schema)
        var scratch = EntryExtractor.Scratch()
        var sums = Array(repeating: EntryDigest.zero, count: scans.count)
        var count = 0
        try forEachRecord(of: table, txn) { key, record in
            count += 1
            meter.count()
            let before = sums
            do {
                try extractor.extract(primaryKey: key, value: record, into: &scratch) { sums[$0].add(entry: $1) }
            } catch is RecordError {
                sums = before
                for place in scans.indices { try sumAlone(key, record, &scans[place], &sums[place], &scratch, txn) }
            }
        }
        for place in scans.indices {
            scans[place].wanted = sums[place]
            scans[place].found.records = count
        }
    }

    /// Sums up a record for one index, after some index could not take it.
    private func sumAlone(
        _ key: RawSpan, _ record: RawSpan, _ scan: inout IndexScan, _ sum: inout EntryDigest,
        _ scratch: inout EntryExtractor.Scratch, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var own = sum
        do {
            try scan.extractor.extract(primaryKey: key, value: record, into: &scratch) { own.add(entry: $1) }
            sum = own
        } catch let error as RecordError {
            let ready = scan.ready
            if try isWaived(key, ready.index, generation: ready.generation.number, in: txn) {
                scan.found.waived += 1
            } else {
                scan.noteBad(error, record: PrimaryKeyText.display(key))
            }
        }
    }

    private func sumEntries(
        _ scan: inout IndexScan, _ meter: inout VerifyMeter, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var sum = EntryDigest.zero
        try txn.withCursor(in: scan.ready.entries, readingAhead: true) { cursor in
            var more = try cursor.first()
            while more {
                cursor.withEntry { entry, _ in sum.add(entry: entry) }
                meter.count()
                more = try cursor.next()
            }
        }
        scan.held = sum
        scan.found.entries = Int(sum.count)
    }

    /// Looks for every entry that a record calls for.
    private func findMissing(
        of table: TableRecord, _ scan: inout IndexScan, keeping repairMax: Int, _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var scratch = EntryExtractor.Scratch()
        var list = EntryList()
        let (extractor, entries) = (scan.extractor, scan.ready.entries)
        try forEachRecord(of: table, txn) { key, record in
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
                    scan.note(.missing, entry: entry, record: PrimaryKeyText.display(key), keeping: repairMax)
                }
            }
        }
    }

    /// Looks for the record of every entry.
    private func findUncalled(
        of table: TableRecord, _ scan: inout IndexScan, keeping repairMax: Int, _ meter: inout VerifyMeter,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        var scratch = EntryExtractor.Scratch()
        let records = try records(of: table, in: txn)
        let (index, extractor) = (scan.ready.index, scan.extractor)
        try txn.withCursor(in: scan.ready.entries, readingAhead: true) { cursor in
            var more = try cursor.first()
            while more {
                meter.count()
                try cursor.withEntry { entry, _ in
                    let origin = try EntryOrigin.find(entry, of: index, extractor, &scratch, records: records, in: txn)
                    switch origin {
                    case .derived: break
                    case .stale(let key):
                        let record = PrimaryKeyText.display(key.span.bytes)
                        scan.note(.stale, entry: entry, record: record, keeping: repairMax)
                    case .dangling(let part):
                        let record = PrimaryKeyText.display(part.span.bytes)
                        scan.note(.dangling, entry: entry, record: record, keeping: repairMax)
                    }
                }
                more = try cursor.next()
            }
        }
    }

    private func forEachRecord(
        of table: TableRecord, _ txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (_ key: RawSpan, _ record: RawSpan) throws -> Void
    ) throws {
        try txn.withCursor(in: records(of: table, in: txn), readingAhead: true) { cursor in
            var more = try cursor.first()
            while more {
                try cursor.withEntry(body)
                more = try cursor.next()
            }
        }
    }
}
