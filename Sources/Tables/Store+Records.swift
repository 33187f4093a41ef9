public import LMDB
public import Values

/// One step of a batch.
public enum RecordOperation: Sendable {
    /// Stores a record, whether its key exists or not.
    case put(Value)
    /// Deletes the record with this primary key, if it exists.
    case delete(key: Value)
}

extension Store {
    /// Something that writes many records of one table; see `TableWriter`.
    public func writer(of tableName: String) -> TableWriter { TableWriter(store: self, tableName: tableName) }

    /// Stores one record under the key that its key field holds; returns the encoded key.
    ///
    /// Throws `BAD_RECORD`, `NO_SUCH_TABLE`, and `DUPLICATE_KEY` unless `replacing`.
    @discardableResult
    public func put(
        _ record: Value, into tableName: String, replacing: Bool = true, in txn: borrowing WriteTransaction
    ) throws -> [UInt8] {
        var writer = writer(of: tableName)
        return try writer.put(record, replacing: replacing, in: txn)
    }

    /// Deletes the record with this encoded primary key; false if there is none.
    @discardableResult
    public func delete(key: [UInt8], from tableName: String, in txn: borrowing WriteTransaction) throws -> Bool {
        var writer = writer(of: tableName)
        return try writer.delete(key: key.span.bytes, in: txn)
    }

    /// Does all steps in order, or none: an error must be let out of the transaction's body.
    public func apply(
        _ batch: [RecordOperation], to tableName: String, in txn: borrowing WriteTransaction
    ) throws {
        var writer = writer(of: tableName)
        let table = try table(tableName, in: txn)
        for operation in batch {
            switch operation {
            case .put(let record): try writer.put(record, in: txn)
            case .delete(let value):
                let key = try table.key(for: value)
                try writer.delete(key: key.span.bytes, in: txn)
            }
        }
    }

    /// Calls `body` with the stored bytes of a record; nil if there is none under this encoded key.
    ///
    /// Those of an attached table lack the key: see `TableRecord.withWhole`.
    public func withRecord<R>(
        key: RawSpan, of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (RawSpan) throws -> R
    ) throws -> R? {
        try txn.withValue(of: key, in: records(of: table, in: txn), body)
    }

    /// The record under an encoded key, decoded; nil if there is none.
    ///
    /// Throws `BAD_RECORD` for damaged bytes.
    public func record(
        key: [UInt8], of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Value? {
        try withRecord(key: key.span.bytes, of: table, in: txn) { bytes in
            do {
                return try table.withWhole(key.span.bytes, bytes) { try table.decode($0) }
            } catch let error as RecordError {
                let record = table.text(ofKey: key.span.bytes)
                throw GaplessError(
                    .badRecord, "record \(record) of \(table.name) cannot be read: \(error)", record: record)
            }
        }
    }

    /// The encoded key of the record that a text on the command line means.
    ///
    /// The text is a JSON number or a quoted string, else plain text. Throws `NO_SUCH_RECORD`, and `AMBIGUOUS_KEY` when
    /// records exist under two readings of it.
    public func key(
        _ text: String, of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [UInt8] {
        let database = try records(of: table, in: txn)
        var found: [[UInt8]] = []
        for key in table.keys(readAs: text) {
            if try txn.withValue(of: key.span.bytes, in: database, { _ in true }) ?? false { found.append(key) }
        }
        guard let key = found.first else {
            throw GaplessError(.noSuchRecord, "\(table.name) has no record \(text)", record: text)
        }
        guard found.count == 1 else {
            throw GaplessError(
                .ambiguousKey,
                "\(table.name) has a record under \(text) and one under the text \(ValueText.quoted(text)): "
                    + "write '\(ValueText.quoted(text))' for the text, +\(text) for the number", record: text)
        }
        return key
    }
}

extension TableWriter {
    /// Stores one record under the key that its key field holds; returns the encoded key.
    ///
    /// Throws `BAD_RECORD`, `NO_SUCH_TABLE`, and `DUPLICATE_KEY` unless `replacing`.
    @discardableResult
    public mutating func put(
        _ record: Value, replacing: Bool = true, in txn: borrowing WriteTransaction
    ) throws -> [UInt8] {
        let table = try table(in: txn)
        let bytes = table.encode(record)
        let key = try table.key(ofStored: bytes.span.bytes)
        try put(key: key.span.bytes, record: bytes.span.bytes, replacing: replacing, in: txn)
        return key
    }
}
