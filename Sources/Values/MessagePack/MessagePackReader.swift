/// One value's head as it stands in MessagePack: a scalar whole, of a container the count of what follows.
enum MessagePackToken {
    case null
    case bool(Bool)
    case int(Int64)
    /// A whole number from an unsigned format, possibly above `Int64.max`.
    case uint(UInt64)
    case double(Double)
    case timestamp(Timestamp)
    /// Not yet checked to be UTF-8.
    case string(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
    case opaque(Int8, UnsafeRawBufferPointer)
    case array(Int)
    /// The count of pairs.
    case map(Int)
}

/// Reads MessagePack token by token from memory that outlives it; never reads beyond the end, whatever the bytes are.
///
/// A count of elements is checked against the bytes that are left, so that no claim can make a caller reserve or loop
/// for more than the input could hold.
struct MessagePackReader {
    /// All of the input.
    let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    /// The extension type of timestamps.
    static let timestampType: Int8 = -1

    /// Reads from the first byte.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Where the input ends.
    var end: Int { bytes.count }

    /// The input from one offset to another.
    @inline(__always)
    func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// Goes back or forth to a place where a token begins.
    @inline(__always)
    mutating func move(to place: Int) { offset = place }

    /// Bytes of the values with the heads C0 to CF and D0 to D3, four bits each; 0 for all that has more to be checked.
    private static let scalarBytes: (c: UInt64, d: UInt64) = (0x9532_9500_0000_1101, 0x9532)
    private static let shortStringHead: UInt8 = 0xD9

    /// Moves behind a scalar of which nothing but the length needs to be checked; false for everything else, also for
    /// what is cut off: then nothing has moved, and `next` tells what it is.
    @inline(__always)
    mutating func skipScalar() -> Bool {
        guard offset < end, let base = bytes.baseAddress else { return false }
        let head = base.load(fromByteOffset: offset, as: UInt8.self)
        let length: Int
        if head < 0x80 || head >= 0xE0 {
            length = 1
        } else if head & 0xE0 == 0xA0 {
            length = 1 &+ Int(head & 0x1F)
        } else if head == Self.shortStringHead {
            guard end &- offset >= 2 else { return false }
            length = 2 &+ Int(base.load(fromByteOffset: offset &+ 1, as: UInt8.self))
        } else {
            guard head >= 0xC0 else { return false }
            let sizes = head < 0xD0 ? Self.scalarBytes.c : Self.scalarBytes.d
            length = Int(truncatingIfNeeded: sizes >> UInt64((head & 0x0F) &* 4) & 0x0F)
            guard length > 0 else { return false }
        }
        guard end &- offset >= length else { return false }
        offset &+= length
        return true
    }

    /// Moves behind a scalar, or a short array of scalars, of which nothing but the lengths needs to be checked; false
    /// for everything else, having moved or not.
    @inline(__always)
    mutating func skipPlain() -> Bool {
        if skipScalar() { return true }
        guard offset < end, bytes[offset] & 0xF0 == 0x90 else { return false }
        var left = bytes[offset] & 0x0F
        offset &+= 1
        while left > 0, skipScalar() { left &-= 1 }
        return left == 0
    }

    /// Reads the next token and moves behind it.
    @inline(__always)
    mutating func next() throws(MessagePackFault) -> MessagePackToken {
        let head = try UInt8(truncatingIfNeeded: word(UInt8.self))
        if head < 0x80 { return .uint(UInt64(head)) }
        if head < 0x90 { return .map(try count(Int(head & 0x0F), bytesEach: 2)) }
        if head < 0xA0 { return .array(try count(Int(head & 0x0F), bytesEach: 1)) }
        if head < 0xC0 { return .string(try run(Int(head & 0x1F))) }
        if head >= 0xE0 { return .int(Int64(Int8(bitPattern: head))) }
        return try sized(head)
    }

    /// The tokens whose head byte is followed by a size or a number.
    @inline(__always)
    private mutating func sized(_ head: UInt8) throws(MessagePackFault) -> MessagePackToken {
        switch head {
        case 0xC0: return .null
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4: return .bytes(try run(Int(word(UInt8.self))))
        case 0xC5: return .bytes(try run(Int(word(UInt16.self))))
        case 0xC6: return .bytes(try run(Int(word(UInt32.self))))
        case 0xCA: return .double(Double(Float(bitPattern: try word(UInt32.self))))
        case 0xCB: return .double(Double(bitPattern: try word(UInt64.self)))
        case 0xCC: return .uint(UInt64(try word(UInt8.self)))
        case 0xCD: return .uint(UInt64(try word(UInt16.self)))
        case 0xCE: return .uint(UInt64(try word(UInt32.self)))
        case 0xCF: return .uint(try word(UInt64.self))
        case 0xD0: return .int(Int64(Int8(bitPattern: try word(UInt8.self))))
        case 0xD1: return .int(Int64(Int16(bitPattern: try word(UInt16.self))))
        case 0xD2: return .int(Int64(Int32(bitPattern: try word(UInt32.self))))
        case 0xD3: return .int(Int64(bitPattern: try word(UInt64.self)))
        case 0xD9: return .string(try run(Int(word(UInt8.self))))
        case 0xDA: return .string(try run(Int(word(UInt16.self))))
        case 0xDB: return .string(try run(Int(word(UInt32.self))))
        case 0xDC: return .array(try count(in: UInt16.self, bytesEach: 1))
        case 0xDD: return .array(try count(in: UInt32.self, bytesEach: 1))
        case 0xDE: return .map(try count(in: UInt16.self, bytesEach: 2))
        case 0xDF: return .map(try count(in: UInt32.self, bytesEach: 2))
        default: return try ext(head)
        }
    }

    /// Extensions: timestamps, and what Gapless does not interpret.
    @inline(never)
    private mutating func ext(_ head: UInt8) throws(MessagePackFault) -> MessagePackToken {
        let start = offset - 1
        let size: Int
        switch head {
        case 0xC7: size = Int(try word(UInt8.self))
        case 0xC8: size = Int(try word(UInt16.self))
        case 0xC9: size = Int(try word(UInt32.self))
        case 0xD4...0xD8: size = 1 << Int(head - 0xD4)
        default: throw MessagePackFault(reason: .reservedByte, offset: start)
        }
        let type = Int8(bitPattern: try word(UInt8.self))
        let data = try run(size)
        guard type == Self.timestampType else { return .opaque(type, data) }
        guard let instant = Timestamp(messagePackData: data) else {
            throw MessagePackFault(reason: .badTimestamp, offset: start)
        }
        return .timestamp(instant)
    }

    /// The next big-endian word.
    @inline(__always)
    private mutating func word<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type
    ) throws(MessagePackFault) -> Word {
        guard end &- offset >= MemoryLayout<Word>.size else {
            throw MessagePackFault(reason: .truncated, offset: end)
        }
        let word = bytes.loadUnaligned(fromByteOffset: offset, as: Word.self)
        offset &+= MemoryLayout<Word>.size
        return Word(bigEndian: word)
    }

    /// The next `length` bytes.
    @inline(__always)
    private mutating func run(_ length: Int) throws(MessagePackFault) -> UnsafeRawBufferPointer {
        guard end &- offset >= length else { throw MessagePackFault(reason: .truncated, offset: end) }
        defer { offset &+= length }
        return slice(offset, offset &+ length)
    }

    /// The next word as a count. (Read first, checked then: as an argument it would be checked against the old offset.)
    @inline(__always)
    private mutating func count<Word: FixedWidthInteger & BitwiseCopyable>(
        in type: Word.Type, bytesEach: Int
    ) throws(MessagePackFault) -> Int {
        let claimed = Int(try word(type))
        return try count(claimed, bytesEach: bytesEach)
    }

    /// A count of things that take at least `bytesEach` bytes each.
    @inline(__always)
    private func count(_ count: Int, bytesEach: Int) throws(MessagePackFault) -> Int {
        guard (end &- offset) / bytesEach >= count else { throw MessagePackFault(reason: .truncated, offset: end) }
        return count
    }
}

extension Timestamp {
    /// Reads the payload of extension -1: 4, 8 or 12 bytes; nil for anything else.
    init?(messagePackData data: UnsafeRawBufferPointer) {
        func bigEndian<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, at offset: Int) -> Word {
            Word(bigEndian: data.loadUnaligned(fromByteOffset: offset, as: Word.self))
        }
        let nanoseconds: UInt32
        let seconds: Int64
        switch data.count {
        case 4:
            nanoseconds = 0
            seconds = Int64(bigEndian(UInt32.self, at: 0))
        case 8:
            let packed = bigEndian(UInt64.self, at: 0)
            nanoseconds = UInt32(packed >> 34)
            seconds = Int64(packed & (1 << 34 - 1))
        case 12:
            nanoseconds = bigEndian(UInt32.self, at: 0)
            seconds = bigEndian(Int64.self, at: 4)
        default: return nil
        }
        guard nanoseconds < Self.nanosecondsPerSecond else { return nil }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }
}
