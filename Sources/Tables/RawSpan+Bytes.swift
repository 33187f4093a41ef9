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

    /// Whether the bytes begin with `prefix`.
    func starts(with prefix: RawSpan) -> Bool {
        byteCount >= prefix.byteCount && extracting(first: prefix.byteCount).equals(prefix)
    }
}
