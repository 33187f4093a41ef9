extension KeyEncoding {
    /// Reads the component that begins at `offset` and moves `offset` behind it.
    ///
    /// Numbers come back as integers wherever one of 64 bits is equal. Throws `KeyError`: `truncated`, `unknownTag` or
    /// `badPayload`; `offset` then stays.
    public static func decodeComponent(_ key: RawSpan, at offset: inout Int) throws(KeyError) -> Value {
        var reader = KeyReader(offset: offset)
        let value = try key.reading { (bytes) throws(KeyError) in try reader.component(of: bytes) }
        offset = reader.offset
        return value
    }

    /// Reads an index key of `components` components that was not cut.
    ///
    /// Throws `KeyError` for anything else, bytes behind the last component too.
    public static func decodeIndexKey(_ key: RawSpan, components: Int) throws(KeyError) -> [Value] {
        var offset = 0
        var values: [Value] = []
        for _ in 0..<components { values.append(try decodeComponent(key, at: &offset)) }
        guard offset == key.byteCount else { throw KeyError(.trailingBytes, offset: offset) }
        return values
    }

    /// Reads an encoded primary key (whole, not the cut part in an entry).
    ///
    /// Throws `KeyError` for bytes that are no encoded primary key.
    public static func decodePrimaryKey(_ key: RawSpan) throws(KeyError) -> Value {
        try key.reading { (bytes) throws(KeyError) in try KeyReader.primaryKey(bytes) }
    }
}

extension RawSpan {
    /// Calls `body` with the bytes, keeping its type of error.
    @inline(__always)
    func reading<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try withUnsafeBytes(body)
    }
}

/// A place in an encoded key that moves over components.
struct KeyReader {
    var offset: Int

    /// Where the component at `offset` ends; nil if that is behind the last byte.
    ///
    /// Throws `KeyError` (`unknownTag`, or `badPayload` for a zero byte that is neither escape nor end).
    func end(of bytes: UnsafeRawBufferPointer) throws(KeyError) -> Int? {
        guard offset < bytes.count else { return nil }
        let end: Int
        switch bytes[offset] {
        case KeyEncoding.Tag.null, KeyEncoding.Tag.false, KeyEncoding.Tag.true: end = offset + 1
        case KeyEncoding.Tag.number: end = offset + numberBytes(bytes)
        case KeyEncoding.Tag.timestamp: end = offset + 13
        case KeyEncoding.Tag.string, KeyEncoding.Tag.bytes: return try endOfEscaped(bytes)
        case let tag: throw KeyError(.unknownTag(tag), offset: offset)
        }
        return end <= bytes.count ? end : nil
    }

    /// How many bytes a number takes; those that are there decide.
    private func numberBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard offset + 9 <= bytes.count else { return 9 }
        return OrderedNumber(high: Self.bigEndian(bytes, offset + 1), low: 0).isWide ? 11 : 9
    }

    private func endOfEscaped(_ bytes: UnsafeRawBufferPointer) throws(KeyError) -> Int? {
        var start = offset + 1
        while let zero = Bytes.firstZero(in: bytes, from: start) {
            guard zero + 1 < bytes.count else { return nil }
            switch bytes[zero + 1] {
            case KeyEncoding.endMark: return zero + 2
            case KeyEncoding.escapedZero: start = zero + 2
            default: throw KeyError(.badPayload, offset: zero)
            }
        }
        return nil
    }

    /// Reads one component and moves behind it.
    mutating func component(of bytes: UnsafeRawBufferPointer) throws(KeyError) -> Value {
        guard offset >= 0, let end = try end(of: bytes) else { throw KeyError(.truncated, offset: bytes.count) }
        let value: Value
        switch bytes[offset] {
        case KeyEncoding.Tag.null: value = .null
        case KeyEncoding.Tag.false: value = .bool(false)
        case KeyEncoding.Tag.true: value = .bool(true)
        case KeyEncoding.Tag.number: value = try number(bytes, isWide: end - offset == 11)
        case KeyEncoding.Tag.timestamp: value = try timestamp(bytes)
        case KeyEncoding.Tag.string: value = try text(of: unescaped(bytes, to: end - 2))
        default: value = .bytes(unescaped(bytes, to: end - 2))
        }
        offset = end
        return value
    }

    /// Reads a whole primary key.
    static func primaryKey(_ bytes: UnsafeRawBufferPointer) throws(KeyError) -> Value {
        guard let tag = bytes.first else { throw KeyError(.truncated) }
        var reader = KeyReader(offset: 0)
        switch tag {
        case KeyEncoding.Tag.string: return try reader.text(of: Array(bytes.dropFirst()))
        case KeyEncoding.Tag.bytes: return .bytes(Array(bytes.dropFirst()))
        case KeyEncoding.Tag.number, KeyEncoding.Tag.timestamp:
            let value = try reader.component(of: bytes)
            guard reader.offset == bytes.count else { throw KeyError(.trailingBytes, offset: reader.offset) }
            if case .double(let number) = value, number.isNaN { throw KeyError(.badPayload) }
            return value
        default: throw KeyError(.unknownTag(tag))
        }
    }

    private func number(_ bytes: UnsafeRawBufferPointer, isWide: Bool) throws(KeyError) -> Value {
        let low = isWide ? UInt16(bytes[offset + 9]) << 8 | UInt16(bytes[offset + 10]) : 0
        let place = OrderedNumber(high: Self.bigEndian(bytes, offset + 1), low: low)
        guard let value = place.value else { throw KeyError(.badPayload, offset: offset) }
        return value
    }

    private func timestamp(_ bytes: UnsafeRawBufferPointer) throws(KeyError) -> Value {
        let seconds = Int64(bitPattern: Self.bigEndian(bytes, offset + 1) ^ (1 << 63))
        let nanoseconds = UInt32(truncatingIfNeeded: Self.bigEndian(bytes, offset + 5))
        guard nanoseconds < Timestamp.nanosecondsPerSecond else { throw KeyError(.badPayload, offset: offset) }
        return .timestamp(Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    private func text(of utf8: [UInt8]) throws(KeyError) -> Value {
        guard let text = utf8.withUnsafeBytes(UTF8Check.text) else { throw KeyError(.badPayload, offset: offset) }
        return .string(text)
    }

    /// The payload between the tag and `end`, without escapes.
    private func unescaped(_ bytes: UnsafeRawBufferPointer, to end: Int) -> [UInt8] {
        var plain: [UInt8] = []
        var index = offset + 1
        while index < end {
            plain.append(bytes[index])
            index += bytes[index] == KeyEncoding.escape ? 2 : 1
        }
        return plain
    }

    private static func bigEndian(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
