internal import LMDB
internal import Values

/// Which records have a key of a unique index, as one transaction sees it.
///
/// Of a ready generation the index knows. Of one that is being built the index holds what was loaded so far and the
/// delta has the last word: an entry that is loaded and has no mark in the delta is still its record's, since every
/// write since the build began is in the delta. What no scan has reached is not known, and found later by the load.
///
/// A key with a null in it is nobody's: any number of records may have it.
struct KeyHolders {
    let entries: Database
    let delta: Database?
    let components: Int

    /// An entry with the same key as `entry` and of another record; nil if none is known.
    func other(than entry: RawSpan, in txn: borrowing some ReadableTransaction & ~Copyable) throws -> [UInt8]? {
        guard let length = try KeyHolders.keyBytes(of: entry, components) else { return nil }
        var found: [UInt8]?
        try forEach(of: entry.extracting(first: length).copied, in: txn) { holder in
            if holder.equals(entry) { return true }
            found = holder.copied
            return false
        }
        return found
    }

    /// The primary key in an entry that begins with this key, as text.
    static func recordText(_ entry: RawSpan, keyBytes: Int, of table: TableRecord) -> String {
        table.text(ofKey: entry.extracting(droppingFirst: keyBytes))
    }

    /// Calls `body` with the entry of each record that has this key, until it returns false.
    func forEach(
        of key: [UInt8], in txn: borrowing some ReadableTransaction & ~Copyable, _ body: (RawSpan) throws -> Bool
    ) throws {
        var goesOn = true
        try KeyHolders.forEachRow(under: key, in: entries, txn) { entry, _ in
            let mark = try delta.flatMap { try KeyHolders.mark(of: entry, in: $0, txn) }
            if mark != .tombstone { goesOn = try body(entry) }
            return goesOn
        }
        guard goesOn, let delta else { return }
        try KeyHolders.forEachRow(under: key, in: delta, txn) { entry, value in
            guard try DeltaMark.read(value, in: delta) == .present else { return true }
            let isLoaded = try txn.withValue(of: entry, in: entries) { _ in true } ?? false
            return try isLoaded ? true : body(entry)
        }
    }

    private static func mark(
        of entry: RawSpan, in delta: Database, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> DeltaMark? {
        try txn.withValue(of: entry, in: delta) { try DeltaMark.read($0, in: delta) }
    }

    /// Components of keys delimit themselves, so what begins with a whole key has that key.
    private static func forEachRow(
        under key: [UInt8], in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (_ entry: RawSpan, _ value: RawSpan) throws -> Bool
    ) throws {
        try txn.withCursor(in: database) { cursor in
            var more = try cursor.seek(atOrAfter: key)
            while more {
                let goesOn = try cursor.withEntry { entry, value in
                    guard entry.starts(with: key.span.bytes) else { return false }
                    return try body(entry, value)
                }
                guard goesOn else { return }
                more = try cursor.next()
            }
        }
    }

    /// How many bytes of an entry of a unique index are its key; nil if it has a null in it, and so is nobody's.
    ///
    /// Throws `CORRUPT` for bytes that no entry of such an index can have: its keys are never cut.
    static func keyBytes(of entry: RawSpan, _ components: Int) throws -> Int? {
        do {
            let parts = try EntryLayout.split(entry: entry, components: components)
            guard !parts.isKeyCut else { throw KeyError(.tooLong(bytes: entry.byteCount)) }
            guard try !EntryLayout.hasNull(entry: entry, components: components) else { return nil }
            return parts.indexKeyLength
        } catch {
            throw GaplessError(
                .corrupt, "a unique index holds an entry that cannot be read (\(error)): rebuild it")
        }
    }
}

extension TableResolution.Maintained {
    /// Who has the keys of this index, if it is unique.
    var keyHolders: KeyHolders? {
        guard index.isUnique, let entries = ready ?? loaded else { return nil }
        return KeyHolders(entries: entries, delta: ready == nil ? delta : nil, components: index.fields.count)
    }
}
