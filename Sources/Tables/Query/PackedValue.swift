internal import Values

/// A MessagePack value where it lies: found by walking over what stands before it, never decoded as a whole.
///
/// Valid only while the bytes are. Bytes that are no MessagePack value give a `RecordError`, wherever a walk meets
/// them.
struct PackedValue {
    let bytes: UnsafeRawBufferPointer
    let offset: Int

    /// What a value is, with its payload where that is a number or a place.
    enum Content {
        /// A null, truth value, number or timestamp.
        case small(Value)
        case string(UnsafeRawBufferPointer)
        case bytes(UnsafeRawBufferPointer)
        /// An array of `count` elements, the first of which begins at `start`.
        case array(count: Int, start: Int)
        /// A map of `count` keys with values, the first key of which begins at `start`.
        case map(count: Int, start: Int)
        /// An extension that Gapless gives no meaning.
        case opaque
    }

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// What stands here; throws `RecordError` if the bytes end before it does.
    func content() throws(RecordError) -> Content {
        try header().content
    }

    /// Where the next value begins.
    func end() throws(RecordError) -> Int {
        var place = offset
        var remaining = 1
        while remaining > 0 {
            let header = try PackedValue(bytes, at: place).header()
            switch header.content {
            case .array(let count, _): remaining += count
            case .map(let count, _): remaining += 2 * count
            default: break
            }
            place = header.end
            remaining -= 1
        }
        return place
    }

    /// The value at `path` inside, stepping through maps by string keys; nil if it is absent.
    func value(at path: FieldPath) throws(RecordError) -> PackedValue? {
        var current = self
        for name in path.components {
            guard let next = try current.entry(named: name) else { return nil }
            current = next
        }
        return current
    }

    private func entry(named name: [UInt8]) throws(RecordError) -> PackedValue? {
        guard case .map(let count, let start) = try content() else { return nil }
        var place = start
        for _ in 0..<count {
            let key = try PackedValue(bytes, at: place).header()
            let value: PackedValue
            if case .string(let text) = key.content {
                value = PackedValue(bytes, at: key.end)
                if text.equals(name) { return value }
            } else {
                value = PackedValue(bytes, at: try PackedValue(bytes, at: place).end())
            }
            place = try value.end()
        }
        return nil
    }
}

extension PackedValue {
    private struct Header {
        var content: Content
        /// After a scalar; at the first element of an array, the first key of a map.
        var end: Int
    }

    private func header() throws(RecordError) -> Header {
        guard offset < bytes.count else { throw truncated }
        let tag = bytes[offset]
        let next = offset + 1
        switch tag {
        case 0x00...0x7F: return Header(content: .small(.int(Int64(tag))), end: next)
        case 0x80...0x8F: return Header(content: .map(count: Int(tag & 0x0F), start: next), end: next)
        case 0x90...0x9F: return Header(content: .array(count: Int(tag & 0x0F), start: next), end: next)
        case 0xA0...0xBF: return try string(from: next, count: Int(tag & 0x1F))
        case 0xC0: return Header(content: .small(.null), end: next)
        case 0xC2: return Header(content: .small(.bool(false)), end: next)
        case 0xC3: return Header(content: .small(.bool(true)), end: next)
        case 0xC4...0xC6: return try sizedBytes(tag)
        case 0xC7...0xC9, 0xD4...0xD8: return try extensionValue(tag)
        case 0xCA...0xCB: return try float(tag)
        case 0xCC...0xD3: return try integer(tag)
        case 0xD9...0xDB: return try sizedString(tag)
        case 0xDC...0xDF: return try collection(tag)
        case 0xE0...0xFF: return Header(content: .small(.int(Int64(Int8(bitPattern: tag)))), end: next)
        default: throw RecordError(.malformed, "no MessagePack value begins with 0xc1", offset: offset)
        }
    }

    private func string(from start: Int, count: Int) throws(RecordError) -> Header {
        Header(content: .string(try slice(start, count)), end: start + count)
    }

    private func sizedString(_ tag: UInt8) throws(RecordError) -> Header {
        let width = 1 << Int(tag - 0xD9)
        return try string(from: offset + 1 + width, count: try size(width))
    }

    private func sizedBytes(_ tag: UInt8) throws(RecordError) -> Header {
        let width = 1 << Int(tag - 0xC4)
        let start = offset + 1 + width
        let count = try size(width)
        return Header(content: .bytes(try slice(start, count)), end: start + count)
    }

    private func float(_ tag: UInt8) throws(RecordError) -> Header {
        if tag == 0xCA {
            let number = Float(bitPattern: try load(UInt32.self, at: offset + 1))
            return Header(content: .small(.double(Double(number))), end: offset + 5)
        }
        let number = Double(bitPattern: try load(UInt64.self, at: offset + 1))
        return Header(content: .small(.double(number)), end: offset + 9)
    }

    private func integer(_ tag: UInt8) throws(RecordError) -> Header {
        let start = offset + 1
        let (value, width): (Value, Int) =
            switch tag {
            case 0xCC: (.int(Int64(try load(UInt8.self, at: start))), 1)
            case 0xCD: (.int(Int64(try load(UInt16.self, at: start))), 2)
            case 0xCE: (.int(Int64(try load(UInt32.self, at: start))), 4)
            case 0xCF: (Value(try load(UInt64.self, at: start)), 8)
            case 0xD0: (.int(Int64(try load(Int8.self, at: start))), 1)
            case 0xD1: (.int(Int64(try load(Int16.self, at: start))), 2)
            case 0xD2: (.int(Int64(try load(Int32.self, at: start))), 4)
            default: (.int(try load(Int64.self, at: start)), 8)
            }
        return Header(content: .small(value), end: start + width)
    }

    private func collection(_ tag: UInt8) throws(RecordError) -> Header {
        let isArray = tag <= 0xDD
        let width = tag & 1 == 0 ? 2 : 4
        let count = try size(width)
        let start = offset + 1 + width
        return Header(
            content: isArray ? .array(count: count, start: start) : .map(count: count, start: start), end: start)
    }

    private func extensionValue(_ tag: UInt8) throws(RecordError) -> Header {
        let count: Int
        let typeOffset: Int
        if tag >= 0xD4 {
            count = 1 << Int(tag - 0xD4)
            typeOffset = offset + 1
        } else {
            let width = 1 << Int(tag - 0xC7)
            count = try size(width)
            typeOffset = offset + 1 + width
        }
        let type = try load(Int8.self, at: typeOffset)
        let payload = typeOffset + 1
        _ = try slice(payload, count)
        guard type == -1 else { return Header(content: .opaque, end: payload + count) }
        return Header(content: .small(.timestamp(try timestamp(payload, count))), end: payload + count)
    }

    private func timestamp(_ start: Int, _ count: Int) throws(RecordError) -> Timestamp {
        let (seconds, nanoseconds): (Int64, UInt32)
        switch count {
        case 4: (seconds, nanoseconds) = (Int64(try load(UInt32.self, at: start)), 0)
        case 8:
            let packed = try load(UInt64.self, at: start)
            (seconds, nanoseconds) = (Int64(packed & 0x3_FFFF_FFFF), UInt32(packed >> 34))
        case 12: (seconds, nanoseconds) = (try load(Int64.self, at: start + 4), try load(UInt32.self, at: start))
        default: throw RecordError(.malformed, "a timestamp of \(count) bytes", offset: offset)
        }
        guard nanoseconds < Timestamp.nanosecondsPerSecond else {
            throw RecordError(.malformed, "a timestamp with \(nanoseconds) nanoseconds", offset: offset)
        }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }

    // MARK: Bytes

    private var truncated: RecordError { RecordError(.malformed, "the bytes end within a value", offset: bytes.count) }

    @inline(__always)
    private func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, at start: Int
    ) throws(RecordError) -> Number {
        guard start + MemoryLayout<Number>.size <= bytes.count else { throw truncated }
        return Number(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
    }

    /// The length that stands after the tag in `width` bytes.
    private func size(_ width: Int) throws(RecordError) -> Int {
        switch width {
        case 1: Int(try load(UInt8.self, at: offset + 1))
        case 2: Int(try load(UInt16.self, at: offset + 1))
        default: Int(try load(UInt32.self, at: offset + 1))
        }
    }

    @inline(__always)
    private func slice(_ start: Int, _ count: Int) throws(RecordError) -> UnsafeRawBufferPointer {
        guard start + count <= bytes.count else { throw truncated }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    }
}
