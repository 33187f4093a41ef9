internal import LMDB
internal import Values

/// From entries to records, and what is said when that fails.
extension OpenedTable {
    /// Calls `body` with the record whose primary key stands in an entry: whole, or cut.
    ///
    /// Throws `CORRUPT` if there is none, and what `body` throws.
    func withRecord(
        behind keyPart: RawSpan, isCut: Bool, in txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (_ primaryKey: RawSpan, _ record: RawSpan) throws -> Bool
    ) throws -> Bool {
        if isCut { return try withRecord(behindCut: keyPart, in: txn, body) }
        let result = try txn.withValue(of: keyPart, in: records) { try body(keyPart, $0) }
        guard let result else { throw dangling(keyPart.copied) }
        return result
    }

    /// The entry holds the beginning of its primary key and a hash: the one record with both is meant.
    private func withRecord(
        behindCut keyPart: RawSpan, in txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (_ primaryKey: RawSpan, _ record: RawSpan) throws -> Bool
    ) throws -> Bool {
        let prefix = keyPart.extracting(first: EntryLayout.cutPrimaryKeyPrefixBytes).copied
        var isFound = false
        var result = true
        _ = try StepWalk.forward([.prefix(prefix)], in: records, txn) { primaryKey, record in
            guard primaryKey.byteCount > EntryLayout.wholePrimaryKeyBytesMax,
                EntryLayout.isPart(keyPart, of: primaryKey)
            else { return true }
            isFound = true
            result = try body(primaryKey, record)
            return false
        }
        guard isFound else { throw dangling(keyPart.copied) }
        return result
    }

    func unreadable(_ primaryKey: RawSpan, _ error: RecordError) -> GaplessError {
        let key = text(of: primaryKey.copied)
        return GaplessError(.badRecord, "the record \(key) of \(record.name) cannot be read: \(error)", record: key)
    }

    /// Entries and records change in one transaction: an entry without a record means damage, and where one entry is
    /// too many another may be missing.
    func dangling(_ primaryKey: [UInt8]) -> GaplessError {
        let key = text(of: primaryKey)
        return GaplessError(
            .corrupt,
            "an index of \(record.name) leads to the record \(key), which does not exist: "
                + "gapless verify \(record.name) --repair mends the index",
            record: key)
    }

    private func text(of primaryKey: [UInt8]) -> String {
        if record.isAttached { return record.text(ofKey: primaryKey.span.bytes) }
        do {
            return try KeyEncoding.decodePrimaryKey(primaryKey.span.bytes).queryText
        } catch {
            // Damaged, or the key of another program: its bytes are all there is to say.
            return "x'\(primaryKey.hexadecimal)'"
        }
    }
}
