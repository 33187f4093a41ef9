/// A half-open interval `[start, end)` of encoded primary keys. No start is -infinity, no end is +infinity.
public struct KeyInterval: Hashable, Sendable, Codable {
    /// The first key inside; nil for -infinity.
    public var start: Key?
    /// The first key after it; nil for +infinity.
    public var end: Key?

    /// The interval from `start` (inside) to `end` (outside).
    public init(start: Key?, end: Key?) {
        self.start = start
        self.end = end
    }

    /// Every key there can be.
    public static let everything = KeyInterval(start: nil, end: nil)

    /// Whether no key can lie inside.
    public var isEmpty: Bool {
        guard let start, let end else { return false }
        return end <= start
    }

    /// Whether `key` lies inside.
    public func contains(_ key: Key) -> Bool {
        if let start, key < start { return false }
        if let end, key >= end { return false }
        return true
    }

    /// Whether `cut` divides the interval into two parts that are both not empty.
    public func canBeCut(at cut: Key) -> Bool {
        if let start, cut <= start { return false }
        if let end, cut >= end { return false }
        return true
    }
}

extension KeyInterval: CustomStringConvertible {
    /// `[start, end)` in hexadecimal.
    public var description: String {
        "[\(start?.hex ?? "-inf"), \(end?.hex ?? "+inf"))"
    }
}
