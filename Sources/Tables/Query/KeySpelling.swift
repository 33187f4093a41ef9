internal import Values

/// The keys that a test of one field leaves as candidates.
struct TestKeys {
    /// In order; points are not merged with their neighbours.
    var ranges: [KeyRange]
    /// Whether each range holds one value and nothing else, so that the next field of a composite index may narrow it.
    var arePoints: Bool

    /// No key at all: nothing can match.
    static let none = TestKeys(ranges: [], arePoints: true)
}

/// How values are written in keys: as a component of an index key or as a primary key.
enum KeySpelling {
    case component
    case primaryKey

    /// The keys of every value for which `test` holds; nil if keys cannot tell.
    ///
    /// - `=`, `IN`, `IS NULL`: one point a value. `<`, `<=`, `>`, `>=`, `BETWEEN`, `STARTS WITH`: one range.
    /// - `!=` and `IS NOT NULL` also match maps and inner arrays, which have no keys; `IS MISSING` matches what has
    ///   none; `ENDS WITH` and `CONTAINS` match keys all over: none of these can be read off a range of keys.
    /// - Null has keys only in an index that takes nulls: elsewhere nothing that null may satisfy can be told.
    func keys(for test: QueryPredicate.Test, indexesNulls: Bool) -> TestKeys? {
        switch test {
        case .compare(.equal, let value): return points([value], indexesNulls)
        case .isIn(let values): return points(values, indexesNulls)
        case .isNull: return points([.null], indexesNulls)
        case .compare(let comparison, let value):
            guard value != .null || indexesNulls else { return nil }
            return range(comparison, value)
        case .between(let low, let high):
            guard low != .null || high != .null || indexesNulls else { return nil }
            return between(low, high)
        case .pattern(.startsWith, let pattern): return beginning(with: pattern)
        case .pattern, .isNotNull, .isMissing, .isPresent: return nil
        }
    }

    private func points(_ values: [Value], _ indexesNulls: Bool) -> TestKeys? {
        guard indexesNulls || !values.contains(.null) else { return nil }
        var keys = values.compactMap(encoded)
        if keys.count > 1 { keys = Set(keys).sorted { $0.precedes($1) } }
        return TestKeys(ranges: keys.map { KeyRange(lower: $0, upper: end(of: $0)) }, arePoints: true)
    }

    private func range(_ comparison: QueryPredicate.Comparison, _ value: Value) -> TestKeys? {
        guard let bounds = classBounds(of: value) else { return nil }
        guard let key = encoded(value) else { return TestKeys.none }
        let range: KeyRange
        switch comparison {
        case .less: range = KeyRange(lower: bounds.lower, upper: key)
        case .lessOrEqual: range = KeyRange(lower: bounds.lower, upper: end(of: key))
        case .greater: range = KeyRange(lower: end(of: key) ?? key, upper: bounds.upper)
        case .greaterOrEqual: range = KeyRange(lower: key, upper: bounds.upper)
        case .equal, .notEqual: return nil
        }
        return TestKeys(ranges: [range].merged, arePoints: false)
    }

    private func between(_ low: Value, _ high: Value) -> TestKeys {
        guard ValueClass(low) == ValueClass(high), let first = encoded(low), let last = encoded(high) else {
            return .none
        }
        return TestKeys(ranges: [KeyRange(lower: first, upper: end(of: last))].merged, arePoints: false)
    }

    private func beginning(with pattern: Value) -> TestKeys? {
        guard var key = encoded(pattern) else { return TestKeys.none }
        // A string or bytes component ends with a mark of two bytes; what stands before it begins every longer one.
        if self == .component { key.removeLast(2) }
        return TestKeys(ranges: [.prefix(key)], arePoints: false)
    }

    /// The key of a value; nil if no key can be this value.
    ///
    /// A primary key that is too long to exist is spelled all the same: it bounds those that do.
    private func encoded(_ value: Value) -> [UInt8]? {
        var key: [UInt8] = []
        switch (self, value) {
        case (.primaryKey, .string(let text)): return [KeyEncoding.Tag.string] + Array(text.utf8)
        case (.primaryKey, .bytes(let bytes)): return [KeyEncoding.Tag.bytes] + bytes
        default: break
        }
        do {
            try KeyEncoding.appendComponent(value, to: &key)
            return key
        } catch {
            // Arrays, maps and opaque values are in no key.
            return nil
        }
    }

    /// Where the keys of this one value end: no component begins another, but a primary key may begin another one.
    private func end(of key: [UInt8]) -> [UInt8]? {
        switch self {
        case .component: KeyRange.successor(ofPrefix: key)
        case .primaryKey: key + [0]
        }
    }

    /// All keys of the value's class; nil for what is in no class.
    private func classBounds(of value: Value) -> (lower: [UInt8], upper: [UInt8])? {
        guard let valueClass = ValueClass(value) else { return nil }
        let (first, last) =
            switch valueClass {
            case .null: (KeyEncoding.Tag.null, KeyEncoding.Tag.null)
            case .bool: (KeyEncoding.Tag.false, KeyEncoding.Tag.true)
            case .number: (KeyEncoding.Tag.number, KeyEncoding.Tag.number)
            case .timestamp: (KeyEncoding.Tag.timestamp, KeyEncoding.Tag.timestamp)
            case .string: (KeyEncoding.Tag.string, KeyEncoding.Tag.string)
            case .bytes: (KeyEncoding.Tag.bytes, KeyEncoding.Tag.bytes)
            }
        return ([first], [last + 1])
    }
}

extension QueryPredicate {
    /// The predicates that must all hold.
    var conjuncts: [QueryPredicate] {
        if case .all(let parts) = self { parts } else { [self] }
    }

    /// Whether every record that matches has an entry for `path` in an index that takes nulls or not: some scalar value
    /// that is not null, or null too.
    ///
    /// That a value is not null proves nothing: it may be a map, which has no entry.
    func impliesEntry(for path: FieldPath, indexesNulls: Bool) -> Bool {
        switch self {
        case .all(let parts): parts.contains { $0.impliesEntry(for: path, indexesNulls: indexesNulls) }
        case .any(let parts): parts.allSatisfy { $0.impliesEntry(for: path, indexesNulls: indexesNulls) }
        case .not: false
        case .field(let field, let test): field == path && test.impliesScalar(orNull: indexesNulls)
        }
    }
}

extension QueryPredicate.Test {
    /// Whether only a scalar can satisfy it, which is not null unless `orNull`.
    fileprivate func impliesScalar(orNull: Bool) -> Bool {
        switch self {
        case .compare(.notEqual, _), .isNotNull, .isMissing, .isPresent: false
        case .compare(_, let value): orNull || value != .null
        case .between(let low, let high): orNull || low != .null || high != .null
        case .isIn(let values): orNull || !values.contains(.null)
        case .pattern: true
        case .isNull: orNull
        }
    }
}
