internal import Glibc

/// The order of entries: by bytes, a prefix before what it begins; negative, zero or positive.
@inline(__always)
func compare(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int {
    let common = min(one.count, other.count)
    if common > 0, let left = one.baseAddress, let right = other.baseAddress {
        let order = Int(memcmp(left, right, common))
        if order != 0 { return order }
    }
    return one.count - other.count
}

/// The first eight of `count` bytes as a big-endian number, zeros for missing ones.
///
/// Eight bytes must be readable.
@inline(__always)
func leadingBytes(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    let word = UInt64(bigEndian: start.loadUnaligned(as: UInt64.self))
    return count >= 8 ? word : count <= 0 ? 0 : word & ~(UInt64.max >> UInt64(8 * count))
}

/// The first place from `start` on at which two byte strings differ, or `end`; nothing at or after `end` is read.
@inline(__always)
func mismatch(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
    var place = start
    while place + 8 <= end {
        let difference =
            (one + place).loadUnaligned(as: UInt64.self) ^ (other + place).loadUnaligned(as: UInt64.self)
        if difference != 0 { return place + UInt64(littleEndian: difference).trailingZeroBitCount >> 3 }
        place += 8
    }
    while place < end && (one + place).load(as: UInt8.self) == (other + place).load(as: UInt8.self) { place += 1 }
    return place
}

/// Two digits a byte, for messages.
func hex(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = [UInt8]("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return text.isEmpty ? "(empty)" : String(decoding: text, as: UTF8.self)
}
