extension Value: Equatable, Hashable, Comparable {
    /// True for equal values: numbers by exact value whatever their representation, strings by their bytes.
    public static func == (a: Value, b: Value) -> Bool { a.order(to: b) == .same }

    /// True if `a` comes first in the order of values.
    public static func < (a: Value, b: Value) -> Bool { a.order(to: b) == .before }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        switch self {
        case .null: break
        case .bool(let value): hasher.combine(value)
        case .int, .uint, .double: hasher.combine(number)
        case .timestamp(let value): hasher.combine(value)
        case .string(let value): value.utf8.withContiguous { hasher.combine(bytes: $0) }
        case .bytes(let value): hasher.combine(value)
        case .array(let values): hasher.combine(values)
        case .map(let entries): hasher.combine(entries)
        case .opaque(let type, let bytes):
            hasher.combine(type)
            hasher.combine(bytes)
        }
    }

    /// The class of a value: classes are compared before values.
    private var rank: UInt8 {
        switch self {
        case .null: 0
        case .bool: 1
        case .int, .uint, .double: 2
        case .timestamp: 3
        case .string: 4
        case .bytes: 5
        case .array: 6
        case .map: 7
        case .opaque: 8
        }
    }

    /// The number's place in the order of all numbers; nil for anything else.
    private var number: OrderedNumber? {
        switch self {
        case .int(let value): OrderedNumber(value)
        case .uint(let value): OrderedNumber(value)
        case .double(let value): OrderedNumber(value)
        default: nil
        }
    }
}

extension Value {
    /// How two values stand to each other.
    private enum Order {
        case before, same, after

        init<C: Comparable>(_ a: C, _ b: C) { self = a < b ? .before : b < a ? .after : .same }
    }

    private func order(to other: Value) -> Order {
        if let a = number, let b = other.number { return Order(a, b) }
        switch (self, other) {
        case (.bool(let a), .bool(let b)): return Order(a ? 1 : 0, b ? 1 : 0)
        case (.timestamp(let a), .timestamp(let b)): return Order(a, b)
        case (.string(let a), .string(let b)): return Self.order(a.utf8, b.utf8)
        case (.bytes(let a), .bytes(let b)): return Self.order(a, b)
        case (.array(let a), .array(let b)): return Self.order(a, b)
        case (.map(let a), .map(let b)): return Self.order(Self.flat(a), Self.flat(b))
        case (.opaque(let a, let x), .opaque(let b, let y)): return a == b ? Self.order(x, y) : Order(a, b)
        default: return Order(rank, other.rank)
        }
    }

    private static func flat(_ entries: [MapEntry]) -> [Value] { entries.flatMap { [$0.key, $0.value] } }

    private static func order<A: Sequence, B: Sequence>(_ a: A, _ b: B) -> Order
    where A.Element == B.Element, A.Element: Comparable {
        var rest = b.makeIterator()
        for x in a {
            guard let y = rest.next() else { return .after }
            let order = Order(x, y)
            guard order == .same else { return order }
        }
        return rest.next() == nil ? .same : .before
    }
}

extension String.UTF8View {
    /// Calls `body` with the bytes, copied first only if the string is not contiguous.
    func withContiguous<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if let result = withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        return Array(self).withUnsafeBytes(body)
    }
}
