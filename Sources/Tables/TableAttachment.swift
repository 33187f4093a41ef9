public import Values

/// How another program writes the keys of its records, as people say it.
public enum AttachedKeys: String, Hashable, Sendable, Codable, CaseIterable {
    /// Texts in UTF-8.
    case text
    /// Bytes without a meaning.
    case bytes
    /// Whole numbers from 0 on, 8 bytes, the most significant first.
    case u64be
    /// Whole numbers from 0 on, 8 bytes in the machine's order, be the database one of `MDB_INTEGERKEY` or not.
    case u64native
}

/// What a table that was attached is attached to: a database of another program, in the same environment.
public struct TableAttachment: Hashable, Sendable, Codable {
    /// The name of the database.
    public let database: String
    /// How keys are written in it.
    public let keys: AttachedKeys
    /// Whether LMDB compares its keys as integers (`MDB_INTEGERKEY`). Fixed when the program made it.
    public let isIntegerKeyed: Bool

    /// How the keys read that a transaction hands out: those of integers come with the most significant byte first.
    var form: RawKeys.Form {
        switch keys {
        case .text: .text
        case .bytes: .bytes
        case .u64be: .bigEndian
        case .u64native: isIntegerKeyed ? .bigEndian : .littleEndian
        }
    }
}

extension TableRecord {
    /// Whether its records lie in a database of another program.
    public var isAttached: Bool { attachment != nil }

    /// The keys of another program that its records have; nil for a table of our own.
    public var rawKeys: RawKeys? { attachment.map { RawKeys($0.form, field: keyField) } }

    /// The name of the database that holds its records.
    public var recordsDatabase: String { attachment?.database ?? Store.recordsDatabase(table: id) }

    /// Makes the entries that these rules call for from this table's records.
    public func extractor(_ rules: [IndexRule]) -> EntryExtractor {
        EntryExtractor(rules: rules, format: format, schema: schema, rawKeys: rawKeys)
    }

    /// Calls `body` with the whole record: of an attached table the value with its key as one more field, the first.
    ///
    /// Throws `RecordError` if a key or a value of another program cannot be read, and what `body` throws.
    public func withWhole<R>(_ key: RawSpan, _ stored: RawSpan, _ body: (RawSpan) throws -> R) throws -> R {
        guard let rawKeys else { return try body(stored) }
        var whole: [UInt8] = []
        try rawKeys.appendRecord(key: key, value: stored, format: format, to: &whole)
        return try body(whole.span.bytes)
    }

    /// What is stored of a whole record: of an attached table everything but its key.
    func stored(_ record: RawSpan, under key: RawSpan) throws -> [UInt8] {
        guard let rawKeys else { return record.copied }
        do {
            guard case .map(var fields) = try decode(record) else {
                throw RecordError(.malformed, "a record must be a map with the key field \(keyField)")
            }
            let name = Value.string(String(decoding: keyField.components[0], as: UTF8.self))
            fields.removeAll { $0.key == name }
            let value = encode(.map(fields))
            // What is written is read again in this way: nothing is stored that no index could take.
            var whole: [UInt8] = []
            try rawKeys.appendRecord(key: key, value: value.span.bytes, format: format, to: &whole)
            return value
        } catch let error as RecordError {
            throw GaplessError(.badRecord, "a record of \(name) is not well formed: \(error)", record: text(ofKey: key))
        }
    }
}

extension TableRecord {
    /// A key as a user writes it; hexadecimal if it is none.
    public func text(ofKey key: RawSpan) -> String {
        guard let rawKeys else { return PrimaryKeyText.display(key) }
        do {
            return PrimaryKeyText.display(try rawKeys.value(of: key))
        } catch {
            // A key that does not fit has no other text than its bytes.
            return PrimaryKeyText.hexadecimal(key.copied)
        }
    }

    /// A key as JSON shows it: a number, or a text in quotes.
    public func jsonText(ofKey key: RawSpan) throws -> String {
        if let rawKeys { return try rawKeys.value(of: key).jsonText }
        return try KeyEncoding.decodePrimaryKey(key).jsonText
    }

    /// Whether a text on the command line or in a path may stand for this key, be there a record or not.
    public func key(_ key: [UInt8], isReadAs text: String) -> Bool { keys(readAs: text).contains(key) }

    /// All keys that a text may stand for, the likeliest first.
    ///
    /// `x'00ff'` also names a record of an attached table whose key does not fit, so that it can be deleted or waived.
    func keys(readAs text: String) -> [[UInt8]] {
        PrimaryKeyText.readings(of: text).compactMap { reading in
            // A reading that is too long to be a key, or of another class, is no record's key.
            guard let rawKeys else { return try? KeyEncoding.primaryKey(reading) }
            // The same, and bytes may be a key as they stand.
            if let key = try? rawKeys.key(of: reading) { return key }
            guard case .bytes(let bytes) = reading, (1...EntryLayout.primaryKeyBytesMax).contains(bytes.count) else {
                return nil
            }
            // Bytes that fit are written in another way.
            return (try? rawKeys.value(of: bytes.span.bytes)) == nil ? bytes : nil
        }
    }

    /// The record with the key that a path names, if its table is attached and the record says none itself.
    public func completing(_ record: Value, withKey text: String) throws -> Value {
        guard let rawKeys, case .map(let fields) = record, record[keyField] == nil else { return record }
        guard let key = keys(readAs: text).first else {
            throw GaplessError(
                .badRecord, "\(text) cannot be a key of \(name), whose keys are \(attachment?.keys.rawValue ?? "")",
                record: text)
        }
        do {
            let name = String(decoding: keyField.components[0], as: UTF8.self)
            return .map([MapEntry(name, try rawKeys.value(of: key.span.bytes))] + fields)
        } catch {
            throw GaplessError(.badRecord, "\(text) cannot be a key of \(self.name): \(error)", record: text)
        }
    }
}
