/// One record from one JSON object, as `put` takes it: line ends may stand between its tokens.
public struct JSONRecord: Sendable {
    /// The value of the primary key field.
    public let keyValue: Value
    /// The primary key, encoded.
    public let primaryKey: [UInt8]
    /// The record as the table stores it: MessagePack, or the same JSON minified.
    public let bytes: [UInt8]

    /// Reads one record for a table with these values, primary key field and schema.
    ///
    /// Throws `RecordError`: what `Value(json:schema:)` throws, and `.badPrimaryKey` for text that is no object or
    /// whose primary key is absent or cannot be one. Any thread.
    public init(
        _ text: RawSpan, values: ValueFormat, key: FieldPath, schema: Schema = Schema()
    ) throws(RecordError) {
        var reader = JSONLineReader(format: values, key: key, schema: schema)
        do throws(LineFault) {
            keyValue = try text.reading { (bytes) throws(LineFault) in try reader.read(bytes) }
        } catch {
            throw error.recordError
        }
        do throws(KeyError) {
            primaryKey = try KeyEncoding.primaryKey(keyValue)
        } catch {
            throw RecordError(.badPrimaryKey, error.description, field: key.text)
        }
        bytes = Array(reader.record)
    }
}

extension LineFault {
    /// The same, where there are no lines.
    var recordError: RecordError {
        let code = RecordError.Code(rawValue: reason.rawValue) ?? .badPrimaryKey
        return RecordError(code, detail, offset: offset, field: field)
    }
}
