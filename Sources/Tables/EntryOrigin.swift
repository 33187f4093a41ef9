internal import LMDB
internal import Values

/// Where an entry of an index comes from, as one transaction sees it.
enum EntryOrigin: Equatable {
    /// The record of this encoded primary key calls for it.
    case derived(key: [UInt8])
    /// The record of this encoded primary key exists and does not call for it.
    case stale(key: [UInt8])
    /// No such record exists; `keyPart` is what the entry holds of its key.
    case dangling(keyPart: [UInt8])

    /// Finds the record of an entry and asks it.
    static func find(
        _ entry: RawSpan, of index: IndexRecord, _ extractor: EntryExtractor, _ scratch: inout EntryExtractor.Scratch,
        records: Database, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> EntryOrigin {
        let parts: EntryLayout.Parts
        do {
            parts = try EntryLayout.split(entry: entry, components: index.fields.count)
        } catch {
            // Bytes that no record can give: there is no record behind them.
            return .dangling(keyPart: entry.copied)
        }
        let part = entry.extracting(droppingFirst: parts.indexKeyLength)
        guard let key = try primaryKey(of: part, isCut: parts.isPrimaryKeyCut, records, txn) else {
            return .dangling(keyPart: part.copied)
        }
        let isDerived: Bool? = try txn.withValue(of: key.span.bytes, in: records) { record in
            try calls(record, key.span.bytes, for: entry, extractor, &scratch)
        }
        switch isDerived {
        case true: return .derived(key: key)
        case false: return .stale(key: key)
        case nil: return .dangling(keyPart: part.copied)
        }
    }

    private static func calls(
        _ record: RawSpan, _ key: RawSpan, for entry: RawSpan, _ extractor: EntryExtractor,
        _ scratch: inout EntryExtractor.Scratch
    ) throws -> Bool {
        var isThere = false
        do {
            try extractor.extract(primaryKey: key, value: record, into: &scratch) { _, own in
                if own.equals(entry) { isThere = true }
            }
        } catch is RecordError {
            // A record that cannot be indexed calls for no entry, whatever was found before the mistake.
            return false
        }
        return isThere
    }

    /// The whole primary key: as it stands, or for a cut one that of the record whose key has this prefix and hash.
    private static func primaryKey(
        of part: RawSpan, isCut: Bool, _ records: Database, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [UInt8]? {
        guard isCut else { return part.copied }
        let prefix = part.extracting(first: EntryLayout.cutPrimaryKeyPrefixBytes).copied
        return try txn.withCursor(in: records) { cursor in
            var more = try cursor.seek(atOrAfter: prefix)
            while more {
                let key = cursor.key
                guard key.starts(with: prefix) else { return nil }
                if EntryLayout.isPart(part, of: key.span.bytes) { return key }
                more = try cursor.next()
            }
            return nil
        }
    }
}
