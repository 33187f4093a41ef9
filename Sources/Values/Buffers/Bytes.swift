/// Byte runs compared a word at a time.
enum Bytes {
    /// True if both runs have the same length and bytes.
    @inline(__always)
    static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let left = a.baseAddress, let right = b.baseAddress else { return true }
        var index = 0
        while index &+ 8 <= a.count {
            if word(left, index) != word(right, index) { return false }
            index &+= 8
        }
        while index < a.count {
            if left.load(fromByteOffset: index, as: UInt8.self) != right.load(fromByteOffset: index, as: UInt8.self) {
                return false
            }
            index &+= 1
        }
        return true
    }

    /// True if `a` sorts before `b`: by bytes, the shorter one first where one starts with the other.
    static func precedes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        let shared = min(a.count, b.count)
        guard let left = a.baseAddress, let right = b.baseAddress else { return a.count < b.count }
        var index = 0
        while index &+ 8 <= shared {
            let (x, y) = (word(left, index).bigEndian, word(right, index).bigEndian)
            if x != y { return x < y }
            index &+= 8
        }
        while index < shared {
            let x = left.load(fromByteOffset: index, as: UInt8.self)
            let y = right.load(fromByteOffset: index, as: UInt8.self)
            if x != y { return x < y }
            index &+= 1
        }
        return a.count < b.count
    }

    /// The first zero byte at or after `start`; nil if there is none.
    @inline(__always)
    static func firstZero(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var index = start
        while index &+ 8 <= bytes.count {
            let word = word(base, index).littleEndian
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 { return index &+ zeros.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < bytes.count {
            if base.load(fromByteOffset: index, as: UInt8.self) == 0 { return index }
            index &+= 1
        }
        return nil
    }

    /// Fewer than eight bytes as a word, the first byte lowest.
    static func shortWord(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() { word |= UInt64(byte) << UInt64(index * 8) }
        return word
    }

    /// The eight bytes at `offset`, in the machine's order.
    @inline(__always)
    static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
