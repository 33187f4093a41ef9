/// Builds a `Value` from MessagePack; refuses what `MessagePackFieldLocator` refuses, and any string that is not UTF-8.
struct MessagePackDecoder: ~Copyable {
    private var keys = MapKeySet()
    private var reader: MessagePackReader

    /// How many elements are made room for on the word of a count alone.
    private static let reservedMax = 1_024

    /// Decodes from the first of these bytes, which must outlive the decoder.
    init(_ bytes: UnsafeRawBufferPointer) { reader = MessagePackReader(bytes) }

    /// Decodes all the bytes as one value.
    mutating func whole() throws(MessagePackFault) -> Value {
        let value = try value(depth: 0)
        guard reader.offset == reader.end else {
            throw MessagePackFault(reason: .trailingBytes, offset: reader.offset)
        }
        return value
    }

    private mutating func value(depth: Int) throws(MessagePackFault) -> Value {
        switch try reader.next() {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .uint(let value): return Value(value)
        case .double(let value): return .double(value)
        case .timestamp(let value): return .timestamp(value)
        case .bytes(let value): return .bytes(Array(value))
        case .opaque(let type, let data): return .opaque(type: type, bytes: Array(data))
        case .array(let count): return .array(try elements(count, depth: depth + 1))
        case .map(let count): return .map(try entries(count, depth: depth + 1))
        case .string(let utf8):
            guard let text = UTF8Check.text(utf8) else {
                throw MessagePackFault(reason: .notUTF8, offset: reader.offset - utf8.count)
            }
            return .string(text)
        }
    }

    private mutating func elements(_ count: Int, depth: Int) throws(MessagePackFault) -> [Value] {
        guard depth <= ValueLimits.depthMax else {
            throw MessagePackFault(reason: .tooDeep, offset: reader.offset)
        }
        var values: [Value] = []
        values.reserveCapacity(min(count, Self.reservedMax))
        for _ in 0..<count { values.append(try value(depth: depth)) }
        return values
    }

    private mutating func entries(_ count: Int, depth: Int) throws(MessagePackFault) -> [MapEntry] {
        guard depth <= ValueLimits.depthMax else {
            throw MessagePackFault(reason: .tooDeep, offset: reader.offset)
        }
        var entries: [MapEntry] = []
        entries.reserveCapacity(min(count, Self.reservedMax))
        var table = keys.open(count: count)
        for _ in 0..<count {
            let start = reader.offset
            let key = try value(depth: depth)
            guard keys.insert(seenKey(from: start, key), into: &table, of: reader) else {
                throw MessagePackFault(reason: .duplicateKey, offset: start)
            }
            entries.append(MapEntry(key: key, value: try value(depth: depth)))
        }
        keys.close(table)
        return entries
    }

    /// The key that was just read, as its bytes stand in the input.
    private func seenKey(from start: Int, _ key: Value) -> MapKeySet.Key {
        guard case .string(let text) = key else {
            let bytes = reader.slice(start, reader.offset)
            return MapKeySet.Key(start: start, bytes: bytes, isString: false)
        }
        let count = text.utf8.count
        let bytes = reader.slice(reader.offset - count, reader.offset)
        return MapKeySet.Key(start: start, bytes: bytes, isString: true)
    }
}
