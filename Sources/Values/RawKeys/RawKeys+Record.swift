extension RawKeys {
    /// Appends the whole record: the value with the key as its first field.
    ///
    /// Throws `RecordError`: `badPrimaryKey`; `malformed` for a value that is no map. What else is wrong with the value
    /// whoever reads the record finds, a second field of the key's name too (`duplicateKey`).
    public func appendRecord(
        key: RawSpan, value: RawSpan, format: ValueFormat, to record: inout [UInt8]
    ) throws(RecordError) {
        _ = try key.reading { (key) throws(RecordError) in
            try value.reading { (value) throws(RecordError) in
                try appendRecord(key, value, format, to: &record)
            }
        }
    }

    /// Appends the whole record and says where in it the rest of the value begins, and where in the value that was.
    @discardableResult
    func appendRecord<Output: ByteOutput & ~Copyable>(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ format: ValueFormat, to record: inout Output
    ) throws(RecordError) -> Int {
        switch format {
        case .messagePack:
            let (fields, start) = try RawKeys.messagePackMap(value)
            MessagePackWriter.map(fields + 1, to: &record)
            name.withUnsafeBytes { MessagePackWriter.string($0, to: &record) }
            try appendMessagePack(key, to: &record)
            record.append(raw: UnsafeRawBufferPointer(rebasing: value[start...]))
            return start
        case .json:
            let (isEmpty, start) = try RawKeys.jsonObject(value)
            record.append(byte: UInt8(ascii: "{"))
            name.withUnsafeBytes { JSONText.append(string: $0, to: &record) }
            record.append(byte: UInt8(ascii: ":"))
            try appendJSON(key, to: &record)
            if !isEmpty { record.append(byte: UInt8(ascii: ",")) }
            record.append(raw: UnsafeRawBufferPointer(rebasing: value[start...]))
            return start
        }
    }

    private var name: [UInt8] { field.components[0] }

    private func appendMessagePack<Output: ByteOutput & ~Copyable>(
        _ key: UnsafeRawBufferPointer, to record: inout Output
    ) throws(RecordError) {
        switch form {
        case .bytes: MessagePackWriter.bytes(key, to: &record)
        case .bigEndian, .littleEndian: MessagePackWriter.uint(try number(key), to: &record)
        case .text:
            guard UTF8Check.isValid(key) else { throw RawKeys.notUTF8(key.count) }
            MessagePackWriter.string(key, to: &record)
        }
    }

    private func appendJSON<Output: ByteOutput & ~Copyable>(
        _ key: UnsafeRawBufferPointer, to record: inout Output
    ) throws(RecordError) {
        switch form {
        case .bytes: JSONText.append(bytes: key, to: &record)
        case .bigEndian, .littleEndian: JSONText.append(integer: try number(key), to: &record)
        case .text:
            guard UTF8Check.isValid(key) else { throw RawKeys.notUTF8(key.count) }
            JSONText.append(string: key, to: &record)
        }
    }

    /// How many fields a map says it has, and where they begin.
    private static func messagePackMap(
        _ value: UnsafeRawBufferPointer
    ) throws(RecordError) -> (fields: Int, start: Int) {
        let head = value.first ?? 0
        switch head {
        case 0x80...0x8F: return (Int(head & 0x0F), 1)
        case 0xDE where value.count >= 3:
            return (Int(UInt16(bigEndian: value.loadUnaligned(fromByteOffset: 1, as: UInt16.self))), 3)
        case 0xDF where value.count >= 5:
            let fields = UInt32(bigEndian: value.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
            // One more must fit; so many fields are in no value that LMDB can hold.
            guard fields < .max else { throw notAMap("MessagePack map") }
            return (Int(fields), 5)
        default: throw notAMap("MessagePack map")
        }
    }

    /// Whether an object has no fields, and where its first field, or its end, is.
    private static func jsonObject(_ value: UnsafeRawBufferPointer) throws(RecordError) -> (isEmpty: Bool, start: Int) {
        var start = 0
        skipSpace(value, &start)
        guard start < value.count, value[start] == UInt8(ascii: "{") else { throw notAMap("JSON object") }
        start += 1
        skipSpace(value, &start)
        return (start < value.count && value[start] == UInt8(ascii: "}"), start)
    }

    private static func skipSpace(_ value: UnsafeRawBufferPointer, _ place: inout Int) {
        while place < value.count, [0x20, 0x09, 0x0A, 0x0D].contains(value[place]) { place += 1 }
    }

    private static func notAMap(_ what: String) -> RecordError {
        RecordError(.malformed, "the value is no \(what)", offset: 0)
    }
}
