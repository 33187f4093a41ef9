internal import Values

/// A predicate made ready to be asked of many records: literals as bytes, fields found in place.
///
/// This is the one evaluation of predicates: it decides for scans and behind every index entry alike.
struct RecordTest {
    private indirect enum Node {
        case all([Node])
        case any([Node])
        case not(Node)
        case field(FieldPath, Condition)
        case isMissing(FieldPath)
    }

    private let root: Node

    init(_ predicate: QueryPredicate) {
        root = Self.node(predicate)
    }

    /// Whether `record`, a MessagePack value, satisfies the predicate; throws `RecordError` for malformed bytes.
    func matches(_ record: PackedValue) throws(RecordError) -> Bool {
        try Self.matches(root, record)
    }

    private static func node(_ predicate: QueryPredicate) -> Node {
        switch predicate {
        case .all(let parts): .all(parts.map(node))
        case .any(let parts): .any(parts.map(node))
        case .not(let inner): .not(node(inner))
        case .field(let path, .isMissing): .isMissing(path)
        case .field(let path, .isPresent): .not(.isMissing(path))
        case .field(let path, let test): .field(path, Condition(test))
        }
    }

    private static func matches(_ node: Node, _ record: PackedValue) throws(RecordError) -> Bool {
        switch node {
        case .all(let parts):
            for part in parts where try !matches(part, record) { return false }
            return true
        case .any(let parts):
            for part in parts where try matches(part, record) { return true }
            return false
        case .not(let inner):
            return try !matches(inner, record)
        case .isMissing(let path):
            return try record.value(at: path) == nil
        case .field(let path, let condition):
            return try condition.matches(record, at: path)
        }
    }
}

/// A test of one value.
struct Condition {
    private enum Kind {
        case compare(QueryPredicate.Comparison, Operand)
        case between(Operand, Operand)
        case isIn([Operand])
        case pattern(QueryPredicate.PatternKind, Operand)
        case isNull
        case isNotNull
        case never
    }

    /// A literal: text and bytes as bytes, so that no string is made of what a record holds.
    private enum Operand {
        case small(Value)
        case string([UInt8])
        case bytes([UInt8])

        init(_ value: Value) {
            switch value {
            case .string(let text): self = .string(Array(text.utf8))
            case .bytes(let bytes): self = .bytes(bytes)
            default: self = .small(value)
            }
        }
    }

    private let kind: Kind

    init(_ test: QueryPredicate.Test) {
        switch test {
        case .compare(let comparison, let value): kind = .compare(comparison, Operand(value))
        case .between(let low, let high): kind = .between(Operand(low), Operand(high))
        case .isIn(let values): kind = .isIn(values.map(Operand.init))
        case .pattern(let pattern, let value): kind = .pattern(pattern, Operand(value))
        case .isNull: kind = .isNull
        case .isNotNull: kind = .isNotNull
        // Asked of fields, not of values: `RecordTest` answers them.
        case .isMissing, .isPresent: kind = .never
        }
    }

    /// Whether a value that the field of the record holds passes: of an array one of its elements, else the value.
    func matches(_ record: PackedValue, at path: FieldPath) throws(RecordError) -> Bool {
        guard let value = try record.value(at: path) else { return false }
        let content = try value.content()
        guard case .array(let count, let start) = content else { return matches(content) }
        var place = start
        for _ in 0..<count {
            let element = PackedValue(value.bytes, at: place)
            if matches(try element.content()) { return true }
            place = try element.end()
        }
        return false
    }

    func matches(_ content: PackedValue.Content) -> Bool {
        switch kind {
        case .compare(let comparison, let operand): Self.holds(comparison, Self.order(content, operand))
        case .between(let low, let high):
            Self.holds(.greaterOrEqual, Self.order(content, low)) && Self.holds(.lessOrEqual, Self.order(content, high))
        case .isIn(let operands): operands.contains { Self.order(content, $0) == 0 }
        case .pattern(let pattern, let operand): Self.matches(content, pattern, operand)
        case .isNull: Self.isNull(content)
        case .isNotNull: !Self.isNull(content)
        case .never: false
        }
    }

    private static func isNull(_ content: PackedValue.Content) -> Bool {
        if case .small(.null) = content { true } else { false }
    }

    /// `order` is nil between values of two classes, of which only "not equal" is true.
    private static func holds(_ comparison: QueryPredicate.Comparison, _ order: Int?) -> Bool {
        guard let order else { return comparison == .notEqual }
        return switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    @inline(__always)
    private static func order(_ content: PackedValue.Content, _ operand: Operand) -> Int? {
        switch (content, operand) {
        case (.string(let text), .string(let literal)), (.bytes(let text), .bytes(let literal)):
            return text.compare(literal)
        case (.small(let value), .small(let literal)):
            guard ValueClass(value) == ValueClass(literal) else { return nil }
            if value == literal { return 0 }
            return value < literal ? -1 : 1
        default: return nil
        }
    }

    private static func matches(
        _ content: PackedValue.Content, _ pattern: QueryPredicate.PatternKind, _ operand: Operand
    ) -> Bool {
        switch (content, operand) {
        case (.string(let text), .string(let part)), (.bytes(let text), .bytes(let part)): text.matches(pattern, part)
        default: false
        }
    }
}
