/// Values as bytes whose order (by byte, the shorter first where one starts with the other) is the order of values.
///
/// A *component* is one scalar in an index key: self-delimiting, and no component begins another, so that components
/// can follow each other and keep the order of tuples:
/// ```
/// null       10
/// false      20        true  21
/// number     30  8 bytes: the greatest double <= the number, order-mapped; from 2^53 on 2 more: number - double
/// timestamp  40  8 bytes: seconds, sign bit flipped; 4 bytes: nanoseconds
/// string     50  UTF-8, each 00 as 00 FF; then 00 01
/// bytes      60  each 00 as 00 FF; then 00 01
/// ```
/// A primary key has the *final form*: the same, but string and bytes raw, without escapes and without an end mark.
public enum KeyEncoding {
    /// The first byte of each class of values.
    public enum Tag {
        /// Null.
        public static let null: UInt8 = 0x10
        /// False.
        public static let `false`: UInt8 = 0x20
        /// True.
        public static let `true`: UInt8 = 0x21
        /// Integers and doubles.
        public static let number: UInt8 = 0x30
        /// Timestamps.
        public static let timestamp: UInt8 = 0x40
        /// Strings.
        public static let string: UInt8 = 0x50
        /// Bytes.
        public static let bytes: UInt8 = 0x60
    }

    /// Within strings and bytes: 00 FF is a zero byte, 00 01 the end.
    static let escape: UInt8 = 0x00
    static let escapedZero: UInt8 = 0xFF
    static let endMark: UInt8 = 0x01

    /// Appends one component of an index key.
    ///
    /// Throws `KeyError` (`notAScalar`) for arrays, maps and opaque values.
    public static func appendComponent(_ value: Value, to key: inout [UInt8]) throws(KeyError) {
        switch value {
        case .null: append(Tag.null, to: &key)
        case .bool(let value): append(value, to: &key)
        case .int(let value): append(OrderedNumber(value), to: &key)
        case .uint(let value): append(OrderedNumber(value), to: &key)
        case .double(let value): append(OrderedNumber(value), to: &key)
        case .timestamp(let value): append(value, to: &key)
        case .string(let value): value.utf8.withContiguous { append(string: $0, to: &key) }
        case .bytes(let value): value.withUnsafeBytes { append(bytes: $0, to: &key) }
        case .array, .map, .opaque: throw KeyError(.notAScalar)
        }
    }

    /// The index key of these values, in order, before any cutting.
    ///
    /// Throws `KeyError` (`notAScalar`) for arrays, maps and opaque values.
    public static func indexKey(_ values: [Value]) throws(KeyError) -> [UInt8] {
        var key: [UInt8] = []
        for value in values { try appendComponent(value, to: &key) }
        return key
    }

    /// Appends what every encoded string that starts with `text` begins with: a component without its end.
    public static func appendStringPrefix(_ text: String, to key: inout [UInt8]) {
        key.append(Tag.string)
        text.utf8.withContiguous { appendEscaped($0, to: &key) }
    }

    /// The encoded primary key of a value.
    ///
    /// Throws `KeyError` for a value that cannot be one (`notAPrimaryKey`) or is `tooLong`.
    public static func primaryKey(_ value: Value) throws(KeyError) -> [UInt8] {
        var key: [UInt8] = []
        switch value {
        case .string(let text):
            key.append(Tag.string)
            key.append(contentsOf: text.utf8)
        case .bytes(let bytes):
            key.append(Tag.bytes)
            key.append(contentsOf: bytes)
        case .double(let number) where number.isNaN: throw KeyError(.notAPrimaryKey)
        case .int, .uint, .double, .timestamp: try appendComponent(value, to: &key)
        case .null, .bool, .array, .map, .opaque: throw KeyError(.notAPrimaryKey)
        }
        guard key.count <= EntryLayout.primaryKeyBytesMax else { throw KeyError(.tooLong(bytes: key.count)) }
        return key
    }
}

extension KeyEncoding {
    @inline(__always)
    static func append<Output: ByteOutput & ~Copyable>(_ tag: UInt8, to key: inout Output) {
        key.append(byte: tag)
    }

    @inline(__always)
    static func append<Output: ByteOutput & ~Copyable>(_ value: Bool, to key: inout Output) {
        key.append(byte: value ? Tag.true : Tag.false)
    }

    @inline(__always)
    static func append<Output: ByteOutput & ~Copyable>(_ number: OrderedNumber, to key: inout Output) {
        key.append(byte: Tag.number)
        key.append(bigEndian: number.high)
        if number.isWide { key.append(bigEndian: number.low) }
    }

    static func append<Output: ByteOutput & ~Copyable>(_ instant: Timestamp, to key: inout Output) {
        key.append(byte: Tag.timestamp)
        key.append(bigEndian: UInt64(bitPattern: instant.seconds) ^ (1 << 63))
        key.append(bigEndian: instant.nanoseconds)
    }

    /// Appends a string component; the bytes must be UTF-8.
    @inline(__always)
    static func append<Output: ByteOutput & ~Copyable>(string utf8: UnsafeRawBufferPointer, to key: inout Output) {
        key.append(byte: Tag.string)
        appendEscaped(utf8, to: &key)
        key.append(byte: escape)
        key.append(byte: endMark)
    }

    static func append<Output: ByteOutput & ~Copyable>(bytes: UnsafeRawBufferPointer, to key: inout Output) {
        key.append(byte: Tag.bytes)
        appendEscaped(bytes, to: &key)
        key.append(byte: escape)
        key.append(byte: endMark)
    }

    @inline(__always)
    private static func appendEscaped<Output: ByteOutput & ~Copyable>(
        _ bytes: UnsafeRawBufferPointer, to key: inout Output
    ) {
        var start = 0
        while let zero = Bytes.firstZero(in: bytes, from: start) {
            key.append(raw: UnsafeRawBufferPointer(rebasing: bytes[start...zero]))
            key.append(byte: escapedZero)
            start = zero + 1
        }
        key.append(raw: UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }
}
