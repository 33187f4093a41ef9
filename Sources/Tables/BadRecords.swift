public import LMDB
internal import Values

/// A record that an index cannot take.
public struct BadRecord: Hashable, Sendable {
    /// The encoded primary key.
    public let key: [UInt8]
    /// The primary key as text.
    public let record: String
    /// What is wrong with the record.
    public let error: String
    /// Whether somebody said explicitly that the index may go without it.
    public let isWaived: Bool
}

extension Store {
    /// Lists the record under `key` as bad for a generation, if the record as it is now really is: true if it was.
    ///
    /// What a scan saw may have been rewritten since: so the record is read and extracted again in this very
    /// transaction. Throws `WRONG_STATE` unless the generation is being built.
    public func recordBad(
        _ index: IndexRecord, generation: UInt32, key: RawSpan, in txn: borrowing WriteTransaction
    ) throws -> Bool {
        let index = try live(index, in: txn)
        guard let coming = index.coming, coming.number == generation else {
            throw GaplessError(
                .wrongState,
                "generation \(generation) of \(index.fullName) is not being built: it lists no bad records",
                index: index.fullName, state: index.generation(generation)?.state)
        }
        let rowKey = BadRecordRow.rowKey(index: index.id, generation: generation, primaryKey: key)
        let database = try txn.database(Store.badRecordsDatabase)
        guard let error = try extractionError(key, index, txn) else {
            _ = try txn.delete(rowKey, in: database)
            return false
        }
        let before = try txn.value(of: rowKey, in: database).map { try BadRecordRow(encoded: $0) }
        let isWaived = try before?.isWaived ?? isWaivedInReady(key, index, txn)
        let row = BadRecordRow(key: key.copied, isWaived: isWaived, error: error.description)
        try txn.put(rowKey, row.encoded, in: database)
        noteEdit()
        return true
    }

    /// What is wrong with the record under `key` for this index; nil if it can be indexed or does not exist.
    private func extractionError(
        _ key: RawSpan, _ index: IndexRecord, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> RecordError? {
        let table = try catalog(in: txn).table(index.tableName)
        let extractor = table.extractor([index.rule])
        var scratch = EntryExtractor.Scratch()
        let found: RecordError?? = try txn.withValue(of: key, in: records(of: table, in: txn)) { record in
            do {
                try extractor.extract(primaryKey: key, value: record, into: &scratch) { _, _ in }
                return nil
            } catch let error as RecordError {
                return error
            }
        }
        return found ?? nil
    }

    /// Says that a generation may go without a bad record; throws `NO_SUCH_RECORD` unless it is listed.
    public func waiveBad(
        _ index: IndexRecord, generation: UInt32, key: RawSpan, in txn: borrowing WriteTransaction
    ) throws {
        let rowKey = BadRecordRow.rowKey(index: index.id, generation: generation, primaryKey: key)
        let database = try txn.database(Store.badRecordsDatabase)
        guard let bytes = try txn.value(of: rowKey, in: database) else {
            let record = try catalog(in: txn).table(index.tableName).text(ofKey: key)
            throw GaplessError(
                .noSuchRecord, "\(record) is not a bad record of \(index.fullName)", index: index.fullName,
                record: record)
        }
        let row = try BadRecordRow(encoded: bytes)
        let waived = BadRecordRow(key: row.key, isWaived: true, error: row.error)
        try txn.put(rowKey, waived.encoded, in: database)
    }

    /// The bad records of a generation in key order, from the one after `after`, at most `limit`.
    public func badRecords(
        _ index: IndexRecord, generation: UInt32, after: [UInt8]? = nil, limit: Int = 1_000,
        in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [BadRecord] {
        var found: [BadRecord] = []
        let table = try catalog(in: txn).table(index.tableName)
        try forEachBad(index, generation, after: after, txn) { row in
            guard found.count < limit else { return false }
            found.append(
                BadRecord(
                    key: row.key, record: table.text(ofKey: row.key.span.bytes), error: row.error,
                    isWaived: row.isWaived))
            return true
        }
        return found
    }

    /// How many bad records of a generation are neither healed nor waived.
    public func openBadRecordsCount(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int {
        var count = 0
        try forEachBad(index, generation, after: nil, txn) { row in
            if !row.isWaived { count += 1 }
            return true
        }
        return count
    }

    /// Whether a generation lists a bad record, waived or not.
    func hasBadRecords(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Bool {
        var isThere = false
        try forEachBad(index, generation, after: nil, txn) { _ in
            isThere = true
            return false
        }
        return isThere
    }

    /// Whether a generation was told to go without the record under `key`.
    func isWaived(
        _ key: RawSpan, _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Bool {
        let rowKey = BadRecordRow.rowKey(index: index.id, generation: generation, primaryKey: key)
        guard let bytes = try txn.value(of: rowKey, in: txn.database(Store.badRecordsDatabase)) else { return false }
        return try BadRecordRow(encoded: bytes).isWaived
    }

    /// Whether the ready generation goes without this record: then a rebuild beside it may, too, without being told so
    /// again. A rewritten record is on neither list.
    private func isWaivedInReady(
        _ key: RawSpan, _ index: IndexRecord, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Bool {
        guard let ready = index.ready else { return false }
        return try isWaived(key, index, generation: ready.number, in: txn)
    }

    /// How many bad records of a generation it was told to go without.
    public func waivedBadRecordsCount(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int {
        var count = 0
        try forEachBad(index, generation, after: nil, txn) { row in
            if row.isWaived { count += 1 }
            return true
        }
        return count
    }

    /// Takes a record that was rewritten or deleted off the lists of bad records.
    func healBad(_ key: RawSpan, _ table: TableResolution, in txn: borrowing WriteTransaction) throws {
        let database = try txn.database(Store.badRecordsDatabase)
        for item in table.maintained {
            for generation in item.generations {
                _ = try txn.delete(
                    BadRecordRow.rowKey(index: item.index.id, generation: generation, primaryKey: key), in: database)
            }
        }
    }

    private func forEachBad(
        _ index: IndexRecord, _ generation: UInt32, after: [UInt8]?,
        _ txn: borrowing some ReadableTransaction & ~Copyable, _ body: (BadRecordRow) throws -> Bool
    ) throws {
        let prefix = BadRecordRow.prefix(index: index.id, generation: generation)
        let last = after.map {
            BadRecordRow.rowKey(index: index.id, generation: generation, primaryKey: $0.span.bytes)
        }
        try txn.withCursor(in: txn.database(Store.badRecordsDatabase)) { cursor in
            var more = try cursor.seek(atOrAfter: last ?? prefix)
            if more, let last, cursor.key == last { more = try cursor.next() }
            while more, cursor.key.starts(with: prefix) {
                guard try body(BadRecordRow(encoded: cursor.value)) else { return }
                more = try cursor.next()
            }
        }
    }
}
