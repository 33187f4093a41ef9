/// What is wrong with MessagePack bytes, small enough to travel in registers; becomes a `RecordError` at the edge.
struct MessagePackFault: Error {
    enum Reason: UInt8 {
        case truncated, reservedByte, trailingBytes, tooDeep, duplicateKey, badTimestamp, notUTF8
    }

    var reason: Reason
    /// Counted from the record's first byte.
    var offset: Int
    /// The wanted field it is about, by ordinal, or `WantedFields.none`.
    var field = WantedFields.none

    /// The error for the outside.
    func error(naming fields: [FieldPath] = []) -> RecordError {
        let name = fields.indices.contains(field) ? fields[field].text : nil
        return switch reason {
        case .truncated: RecordError(.malformed, "MessagePack ends in the middle of a value", offset: offset)
        case .reservedByte: RecordError(.malformed, "MessagePack has the reserved byte c1", offset: offset)
        case .trailingBytes: RecordError(.malformed, "bytes follow the MessagePack value", offset: offset)
        case .badTimestamp: RecordError(.malformed, "MessagePack has a malformed timestamp", offset: offset)
        case .tooDeep: RecordError(.tooDeep, "nested deeper than \(ValueLimits.depthMax)", offset: offset)
        case .duplicateKey: RecordError(.duplicateKey, "a map has a key twice", offset: offset)
        case .notUTF8: RecordError(.notUTF8, "a string is not UTF-8", offset: offset, field: name)
        }
    }
}
