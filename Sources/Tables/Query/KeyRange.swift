/// The keys from `lower`, itself included, up to `upper`, itself not, by order of bytes.
///
/// Without `upper` the range goes to the end.
struct KeyRange: Hashable, Sendable {
    var lower: [UInt8]
    var upper: [UInt8]?

    /// Every key.
    static let everything = KeyRange(lower: [], upper: nil)

    /// The keys that begin with `prefix`.
    static func prefix(_ prefix: [UInt8]) -> KeyRange {
        KeyRange(lower: prefix, upper: successor(ofPrefix: prefix))
    }

    /// The first bytes after all that begin with `prefix`; nil if there are none (nothing but 0xFF).
    static func successor(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var bytes = prefix
        while let last = bytes.popLast() {
            if last < 0xFF { return bytes + [last + 1] }
        }
        return nil
    }

    var isEmpty: Bool { upper.map { !lower.precedes($0) } ?? false }

    func contains(_ key: RawSpan) -> Bool {
        key.compare(lower.span.bytes) >= 0 && isBelowUpper(key)
    }

    @inline(__always)
    func isBelowUpper(_ key: RawSpan) -> Bool {
        guard let upper else { return true }
        return key.compare(upper.span.bytes) < 0
    }

    func intersection(_ other: KeyRange) -> KeyRange {
        let highest = lower.precedes(other.lower) ? other.lower : lower
        guard let own = upper, let others = other.upper else {
            return KeyRange(lower: highest, upper: upper ?? other.upper)
        }
        return KeyRange(lower: highest, upper: own.precedes(others) ? own : others)
    }

    /// The same range of longer keys: `prefix` stands before each.
    func prefixed(_ prefix: [UInt8]) -> KeyRange {
        guard !prefix.isEmpty else { return self }
        return KeyRange(lower: prefix + lower, upper: upper.map { prefix + $0 } ?? Self.successor(ofPrefix: prefix))
    }

    /// A range that holds the first `bytes` bytes of every key of this range.
    ///
    /// A longer lower bound becomes its own beginning; a longer upper bound becomes closed: everything with its
    /// beginning is in. So the range may hold strangers, never too little.
    func cut(to bytes: Int) -> KeyRange {
        guard lower.count > bytes || upper?.count ?? 0 > bytes else { return self }
        var range = self
        if lower.count > bytes { range.lower = Array(lower.prefix(bytes)) }
        if let upper, upper.count > bytes { range.upper = Self.successor(ofPrefix: Array(upper.prefix(bytes))) }
        return range
    }
}

extension [KeyRange] {
    /// The same keys in ranges that are in order, apart from one another and not empty.
    var merged: [KeyRange] {
        if count == 1 { return self[0].isEmpty ? [] : self }
        var result: [KeyRange] = []
        for range in filter({ !$0.isEmpty }).sorted(by: { $0.lower.precedes($1.lower) }) {
            guard let last = result.last, last.upper.map({ !$0.precedes(range.lower) }) ?? true else {
                result.append(range)
                continue
            }
            guard let end = last.upper, let other = range.upper else {
                result[result.count - 1].upper = nil
                continue
            }
            if end.precedes(other) { result[result.count - 1].upper = other }
        }
        return result
    }

    /// The keys that are in both; both lists merged.
    func intersection(_ others: [KeyRange]) -> [KeyRange] {
        flatMap { range in others.map(range.intersection) }.merged
    }

    /// The place of the range that holds `key`; the list merged.
    func index(containing key: RawSpan) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let lower = self[middle].lower
            if key.compare(lower.span.bytes) < 0 { high = middle } else { low = middle + 1 }
        }
        guard low > 0, self[low - 1].isBelowUpper(key) else { return nil }
        return low - 1
    }
}

extension [UInt8] {
    /// Whether these bytes sort before `other`.
    func precedes(_ other: [UInt8]) -> Bool { span.bytes.compare(other.span.bytes) < 0 }
}
