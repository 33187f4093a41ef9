import Tables
import Values

/// The meaning of queries over decoded values, written down a second time and as plainly as possible.
enum QueryOracle {
    static func matches(_ predicate: QueryPredicate, _ record: Value) -> Bool {
        switch predicate {
        case .all(let parts): return parts.allSatisfy { matches($0, record) }
        case .any(let parts): return parts.contains { matches($0, record) }
        case .not(let inner): return !matches(inner, record)
        case .field(let path, .isMissing): return record[path] == nil
        case .field(let path, .isPresent): return record[path] != nil
        case .field(let path, let test):
            guard let value = record[path] else { return false }
            if case .array(let elements) = value { return elements.contains { holds(test, $0) } }
            return holds(test, value)
        }
    }

    private static func holds(_ test: QueryPredicate.Test, _ value: Value) -> Bool {
        switch test {
        case .compare(.notEqual, let literal): return value != literal
        case .compare(let comparison, let literal):
            guard kind(value) == kind(literal) else { return false }
            switch comparison {
            case .equal: return value == literal
            case .less: return value < literal
            case .lessOrEqual: return value <= literal
            case .greater: return value > literal
            case .greaterOrEqual: return value >= literal
            case .notEqual: return false
            }
        case .between(let low, let high):
            return kind(value) == kind(low) && kind(value) == kind(high) && low <= value && value <= high
        case .isIn(let literals): return literals.contains(value)
        case .pattern(let pattern, let literal):
            switch (value, literal) {
            case (.string(let text), .string(let part)): return fits(pattern, Array(text.utf8), Array(part.utf8))
            case (.bytes(let bytes), .bytes(let part)): return fits(pattern, bytes, part)
            default: return false
            }
        case .isNull: return value == .null
        case .isNotNull: return value != .null
        case .isMissing, .isPresent: return false
        }
    }

    private static func fits(_ pattern: QueryPredicate.PatternKind, _ text: [UInt8], _ part: [UInt8]) -> Bool {
        switch pattern {
        case .startsWith: return text.starts(with: part)
        case .endsWith: return text.reversed().starts(with: part.reversed())
        case .contains:
            return text.indices.contains { text[$0...].starts(with: part) } || part.isEmpty
        }
    }

    private static func kind(_ value: Value) -> Int {
        switch value {
        case .null: 0
        case .bool: 1
        case .int, .uint, .double: 2
        case .timestamp: 3
        case .string: 4
        case .bytes: 5
        case .array, .map, .opaque: 6
        }
    }

    /// The ids of the answer in order; without an order, by primary key.
    static func answer(_ predicate: QueryPredicate?, order: Query.Order?, _ records: [Value], id: FieldPath) throws
        -> [Value]
    {
        let rows = try records.filter { record in predicate.map { matches($0, record) } ?? true }.map { record in
            Row(
                sortKey: order.flatMap { sortKey($0, record) },
                primaryKey: try KeyEncoding.primaryKey(record[id] ?? .null),
                id: record[id] ?? .null)
        }
        return rows.sorted { precedes($0, $1, order) }.map(\.id)
    }

    private struct Row {
        var sortKey: Value?
        var primaryKey: [UInt8]
        var id: Value
    }

    private static func sortKey(_ order: Query.Order, _ record: Value) -> Value? {
        guard let value = record[order.field] else { return nil }
        var candidates = [value]
        if case .array(let elements) = value { candidates = elements }
        candidates.removeAll { kind($0) == 6 }
        return order.isDescending ? candidates.max() : candidates.min()
    }

    private static func precedes(_ a: Row, _ b: Row, _ order: Query.Order?) -> Bool {
        switch (a.sortKey, b.sortKey) {
        case (let left?, let right?) where left != right: return (left < right) != (order?.isDescending ?? false)
        case (_?, nil): return true
        case (nil, _?): return false
        default: return a.primaryKey.lexicographicallyPrecedes(b.primaryKey)
        }
    }
}
