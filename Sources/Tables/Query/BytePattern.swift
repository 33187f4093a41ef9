internal import Glibc

/// Comparisons of byte runs without copies.
extension UnsafeRawBufferPointer {
    /// Whether these are the bytes of `other`.
    @inline(__always)
    func equals(_ other: [UInt8]) -> Bool {
        count == other.count && compare(other) == 0
    }

    /// Below, at or above 0 as these bytes sort before, with or after `other`; of two prefixes the shorter is first.
    @inline(__always)
    func compare(_ other: [UInt8]) -> Int {
        let shared = Swift.min(count, other.count)
        let order = other.withUnsafeBytes { right in
            guard shared > 0, let a = baseAddress, let b = right.baseAddress else { return 0 }
            return Int(memcmp(a, b, shared))
        }
        return order != 0 ? order : count - other.count
    }

    /// Whether `pattern` stands where `kind` says; an empty pattern stands everywhere.
    func matches(_ kind: QueryPredicate.PatternKind, _ pattern: [UInt8]) -> Bool {
        guard count >= pattern.count else { return false }
        switch kind {
        case .startsWith: return UnsafeRawBufferPointer(rebasing: prefix(pattern.count)).equals(pattern)
        case .endsWith: return UnsafeRawBufferPointer(rebasing: suffix(pattern.count)).equals(pattern)
        case .contains: return contains(pattern)
        }
    }

    /// Jumps from one occurrence of the pattern's first byte to the next.
    private func contains(_ pattern: [UInt8]) -> Bool {
        guard let first = pattern.first else { return true }
        var start = 0
        while count - start >= pattern.count {
            let window = UnsafeRawBufferPointer(rebasing: self[start..<(count - pattern.count + 1)])
            guard let place = window.firstIndex(of: first) else { return false }
            start += place
            if UnsafeRawBufferPointer(rebasing: self[start..<start + pattern.count]).equals(pattern) { return true }
            start += 1
        }
        return false
    }
}
