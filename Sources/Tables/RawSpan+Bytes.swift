internal import Glibc

extension RawSpan {
    /// A copy of the bytes.
    var copied: [UInt8] { withUnsafeBytes { Array($0) } }

    /// Whether both runs hold the same bytes.
    func equals(_ other: RawSpan) -> Bool {
        byteCount == other.byteCount && compare(other) == 0
    }

    /// Below, at or above 0 as these bytes sort before, with or after `other`; of two prefixes the shorter is first.
    func compare(_ other: RawSpan) -> Int {
        let shared = Swift.min(byteCount, other.byteCount)
        let order = withUnsafeBytes { a in
            other.withUnsafeBytes { b in
                guard shared > 0, let left = a.baseAddress, let right = b.baseAddress else { return 0 }
                return Int(memcmp(left, right, shared))
            }
        }
        return order != 0 ? order : byteCount - other.byteCount
    }

    /// The first 8 bytes as a big-endian number, shorter runs filled with zeros: in the order of the bytes.
    var leadingNumber: UInt64 {
        if byteCount >= 8 { return UInt64(bigEndian: unsafeLoadUnaligned(as: UInt64.self)) }
        var number: UInt64 = 0
        for offset in 0..<byteCount {
            number |= UInt64(unsafeLoad(fromByteOffset: offset, as: UInt8.self)) << (56 - 8 * UInt64(offset))
        }
        return number
    }

    /// Whether the bytes begin with `prefix`.
    func starts(with prefix: RawSpan) -> Bool {
        byteCount >= prefix.byteCount && extracting(first: prefix.byteCount).equals(prefix)
    }
}
