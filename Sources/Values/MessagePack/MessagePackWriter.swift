/// Writes MessagePack token by token, each in its shortest form.
///
/// Counts and lengths are at most 2^32 - 1: MessagePack has no more, and LMDB's values are no longer.
enum MessagePackWriter {
    static func null<Output: ByteOutput & ~Copyable>(to output: inout Output) { output.append(byte: 0xC0) }

    static func bool<Output: ByteOutput & ~Copyable>(_ value: Bool, to output: inout Output) {
        output.append(byte: value ? 0xC3 : 0xC2)
    }

    static func int<Output: ByteOutput & ~Copyable>(_ value: Int64, to output: inout Output) {
        if value >= 0 {
            uint(UInt64(value), to: &output)
        } else if value >= -32 {
            output.append(byte: UInt8(truncatingIfNeeded: value))
        } else if let small = Int8(exactly: value) {
            tagged(0xD0, UInt8(bitPattern: small), to: &output)
        } else if let small = Int16(exactly: value) {
            tagged(0xD1, UInt16(bitPattern: small), to: &output)
        } else if let small = Int32(exactly: value) {
            tagged(0xD2, UInt32(bitPattern: small), to: &output)
        } else {
            tagged(0xD3, UInt64(bitPattern: value), to: &output)
        }
    }

    static func uint<Output: ByteOutput & ~Copyable>(_ value: UInt64, to output: inout Output) {
        if value < 0x80 {
            output.append(byte: UInt8(value))
        } else if let small = UInt8(exactly: value) {
            tagged(0xCC, small, to: &output)
        } else if let small = UInt16(exactly: value) {
            tagged(0xCD, small, to: &output)
        } else if let small = UInt32(exactly: value) {
            tagged(0xCE, small, to: &output)
        } else {
            tagged(0xCF, value, to: &output)
        }
    }

    static func double<Output: ByteOutput & ~Copyable>(_ value: Double, to output: inout Output) {
        tagged(0xCB, value.bitPattern, to: &output)
    }

    static func timestamp<Output: ByteOutput & ~Copyable>(_ value: Timestamp, to output: inout Output) {
        if value.nanoseconds == 0, let seconds = UInt32(exactly: value.seconds) {
            tagged(0xD6, UInt8(bitPattern: MessagePackReader.timestampType), to: &output)
            output.append(bigEndian: seconds)
        } else if value.seconds >= 0, value.seconds < 1 << 34 {
            tagged(0xD7, UInt8(bitPattern: MessagePackReader.timestampType), to: &output)
            output.append(bigEndian: UInt64(value.nanoseconds) << 34 | UInt64(value.seconds))
        } else {
            tagged(0xC7, 12 as UInt8, to: &output)
            output.append(byte: UInt8(bitPattern: MessagePackReader.timestampType))
            output.append(bigEndian: value.nanoseconds)
            output.append(bigEndian: value.seconds)
        }
    }

    static func string<Output: ByteOutput & ~Copyable>(_ utf8: UnsafeRawBufferPointer, to output: inout Output) {
        if utf8.count < 32 {
            output.append(byte: 0xA0 | UInt8(utf8.count))
        } else if let count = UInt8(exactly: utf8.count) {
            tagged(0xD9, count, to: &output)
        } else {
            sized(0xDA, 0xDB, utf8.count, to: &output)
        }
        output.append(raw: utf8)
    }

    static func bytes<Output: ByteOutput & ~Copyable>(_ bytes: UnsafeRawBufferPointer, to output: inout Output) {
        if let count = UInt8(exactly: bytes.count) {
            tagged(0xC4, count, to: &output)
        } else {
            sized(0xC5, 0xC6, bytes.count, to: &output)
        }
        output.append(raw: bytes)
    }

    static func ext<Output: ByteOutput & ~Copyable>(
        _ type: Int8, _ data: UnsafeRawBufferPointer, to output: inout Output
    ) {
        if data.count.nonzeroBitCount == 1, data.count <= 16 {
            output.append(byte: 0xD4 + UInt8(data.count.trailingZeroBitCount))
        } else if let count = UInt8(exactly: data.count) {
            tagged(0xC7, count, to: &output)
        } else {
            sized(0xC8, 0xC9, data.count, to: &output)
        }
        output.append(byte: UInt8(bitPattern: type))
        output.append(raw: data)
    }

    /// Begins an array: `count` values follow.
    static func array<Output: ByteOutput & ~Copyable>(_ count: Int, to output: inout Output) {
        count < 16 ? output.append(byte: 0x90 | UInt8(count)) : sized(0xDC, 0xDD, count, to: &output)
    }

    /// Begins a map: `count` pairs of key and value follow.
    static func map<Output: ByteOutput & ~Copyable>(_ count: Int, to output: inout Output) {
        count < 16 ? output.append(byte: 0x80 | UInt8(count)) : sized(0xDE, 0xDF, count, to: &output)
    }

    private static func sized<Output: ByteOutput & ~Copyable>(
        _ short: UInt8, _ long: UInt8, _ count: Int, to output: inout Output
    ) {
        if let count = UInt16(exactly: count) {
            tagged(short, count, to: &output)
        } else {
            tagged(long, UInt32(count), to: &output)
        }
    }

    private static func tagged<Output: ByteOutput & ~Copyable, Word: FixedWidthInteger & BitwiseCopyable>(
        _ head: UInt8, _ word: Word, to output: inout Output
    ) {
        output.append(byte: head)
        output.append(bigEndian: word)
    }
}
