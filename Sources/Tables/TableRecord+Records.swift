public import Values

extension TableRecord {
    /// The encoded primary key of a record of this table; throws `BAD_RECORD` if it has none.
    public func key(of record: Value) throws -> [UInt8] {
        guard case .map = record else {
            throw GaplessError(.badRecord, "a record of \(name) must be a map with the key field \(keyField)")
        }
        guard let value = record[keyField] else {
            throw GaplessError(.badRecord, "a record of \(name) lacks the key field \(keyField)")
        }
        return try key(for: value, field: keyField)
    }

    /// The encoded primary key of a whole record as it is stored; throws `BAD_RECORD` if it is damaged or has none.
    ///
    /// What counts is the stored form: JSON may spell a value in another way than the one it was given as.
    public func key(ofStored bytes: RawSpan) throws -> [UInt8] {
        do {
            return try key(of: decode(bytes))
        } catch let error as RecordError {
            throw GaplessError(.badRecord, "a record of \(name) is not well formed: \(error)")
        }
    }

    /// The encoded form of a primary key; throws `BAD_RECORD` for what cannot be one.
    package func key(for value: Value, field: FieldPath? = nil) throws -> [UInt8] {
        if let rawKeys {
            do {
                return try rawKeys.key(of: value)
            } catch {
                throw GaplessError(.badRecord, "the key \(value.queryText) cannot be one of \(name): \(error)")
            }
        }
        do {
            return try KeyEncoding.primaryKey(value)
        } catch {
            let subject = field.map { "the key field \($0)" } ?? "the primary key"
            throw GaplessError(
                .badRecord,
                "\(subject) cannot be a primary key: \(error); numbers, timestamps, texts and bytes of at most "
                    + "\(EntryLayout.primaryKeyBytesMax - 1) bytes can")
        }
    }
}

extension TableRecord {
    /// A record as this table stores it.
    public func encode(_ record: Value) -> [UInt8] {
        var bytes: [UInt8] = []
        switch format {
        case .messagePack: record.appendMessagePack(to: &bytes)
        case .json: record.appendJSON(to: &bytes)
        }
        return bytes
    }

    /// A whole record of this table, decoded; throws `RecordError` for damaged bytes.
    public func decode(_ bytes: RawSpan) throws -> Value {
        switch format {
        case .messagePack: try Value(messagePack: bytes)
        case .json: try Value(json: bytes, schema: schema)
        }
    }
}
