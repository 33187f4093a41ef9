internal import Values

/// Which keys of another program a test of the key field leaves; the counterpart of `KeySpelling.primaryKey`.
struct RawKeySpelling {
    let keys: RawKeys

    /// The keys of every value for which `test` holds; nil if keys cannot tell.
    func keys(for test: QueryPredicate.Test) -> TestKeys? {
        switch test {
        case .compare(.equal, let value): return points([value])
        case .isIn(let values): return points(values)
        case .isNull: return TestKeys.none
        case .compare(let comparison, let value):
            guard keys.areOrdered, comparison != .notEqual else { return nil }
            return ranges([bound(comparison, value)])
        case .between(let low, let high):
            guard keys.areOrdered else { return nil }
            return ranges([bound(.greaterOrEqual, low), bound(.lessOrEqual, high)])
        case .pattern(.startsWith, let pattern):
            switch (keys.form, pattern) {
            case (.text, .string(let text)): return ranges([KeyRange.prefix(Array(text.utf8))])
            case (.bytes, .bytes(let bytes)): return ranges([KeyRange.prefix(bytes)])
            default: return TestKeys.none
            }
        case .pattern, .isNotNull, .isMissing, .isPresent: return nil
        }
    }

    private func points(_ values: [Value]) -> TestKeys {
        // The only error says that the value cannot be a key of this table: then no record has it.
        var found = values.compactMap { try? keys.key(of: $0) }
        if found.count > 1 { found = Set(found).sorted { $0.precedes($1) } }
        return TestKeys(ranges: found.map { KeyRange(lower: $0, upper: $0 + [0]) }, arePoints: true)
    }

    /// What lies in all of them; nil stands for nothing.
    private func ranges(_ parts: [KeyRange?]) -> TestKeys {
        var left = [KeyRange.everything]
        for part in parts {
            guard let part else { return .none }
            left = left.intersection([part])
        }
        return TestKeys(ranges: left, arePoints: false)
    }

    /// The keys on one side of a value of their own class; nil for a value of another class.
    private func bound(_ comparison: QueryPredicate.Comparison, _ value: Value) -> KeyRange? {
        switch (keys.form, value) {
        case (.text, .string(let text)): return Self.side(comparison, Array(text.utf8), isKey: true)
        case (.bytes, .bytes(let bytes)): return Self.side(comparison, bytes, isKey: true)
        case (.bigEndian, .int), (.bigEndian, .uint), (.bigEndian, .double): return numbers(comparison, value)
        default: return nil
        }
    }

    private func numbers(_ comparison: QueryPredicate.Comparison, _ value: Value) -> KeyRange? {
        // The only error says that the number is no key itself: where it lies among them is found below.
        if let key = try? keys.key(of: value) { return Self.side(comparison, key, isKey: true) }
        guard let next = Self.leastKey(above: value) else {
            // Above all keys.
            return comparison == .less || comparison == .lessOrEqual ? .everything : nil
        }
        return Self.side(comparison, withUnsafeBytes(of: next.bigEndian, Array.init), isKey: false)
    }

    /// The least key above a number that is none.
    private static func leastKey(above value: Value) -> UInt64? {
        switch value {
        case .int: 0
        case .double(let number) where number < 0 || number.isNaN: 0
        case .double(let number): UInt64(exactly: number.rounded(.up))
        default: nil
        }
    }

    /// - Parameter isKey: whether the bound is the literal itself, and not just the first key above it.
    private static func side(_ comparison: QueryPredicate.Comparison, _ bound: [UInt8], isKey: Bool) -> KeyRange? {
        switch comparison {
        case .less: KeyRange(lower: [], upper: bound)
        case .lessOrEqual: KeyRange(lower: [], upper: isKey ? bound + [0] : bound)
        case .greater: KeyRange(lower: isKey ? bound + [0] : bound, upper: nil)
        case .greaterOrEqual: KeyRange(lower: bound, upper: nil)
        case .equal, .notEqual: nil
        }
    }
}

extension TableRecord {
    /// The primary keys of every record for which a test of the key field holds; nil if keys cannot tell.
    func keys(for test: QueryPredicate.Test) -> TestKeys? {
        guard let rawKeys else { return KeySpelling.primaryKey.keys(for: test, indexesNulls: true) }
        return RawKeySpelling(keys: rawKeys).keys(for: test)
    }
}
