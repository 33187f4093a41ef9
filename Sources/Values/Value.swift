/// A decoded value of a record, a key or a query's literal.
///
/// Equality, hashing and order follow one rule for scalars: null < false < true < numbers < timestamps < strings <
/// bytes. Numbers are one class whatever their representation and compare by exact value; strings compare by their
/// UTF-8 bytes, not by canonical equivalence. Arrays, maps and opaque values come after all scalars.
public enum Value: Sendable {
    /// Present, and nothing. Not the same as an absent field.
    case null
    /// False or true.
    case bool(Bool)
    /// A whole number of 64 bits.
    case int(Int64)
    /// A whole number above `Int64.max`; smaller ones are `int`.
    case uint(UInt64)
    /// A double, NaN and infinities included.
    case double(Double)
    /// An instant.
    case timestamp(Timestamp)
    /// A text, compared by its UTF-8 bytes.
    case string(String)
    /// Raw bytes.
    case bytes([UInt8])
    /// A list.
    case array([Value])
    /// Named values, in the order in which they were stored.
    case map([MapEntry])
    /// A MessagePack extension that Gapless does not interpret: kept as it is, never indexed.
    case opaque(type: Int8, bytes: [UInt8])

    /// The whole number `number`, in its one canonical representation.
    public init(_ number: UInt64) {
        self = Int64(exactly: number).map(Value.int) ?? .uint(number)
    }
}

/// One key and its value in a map.
///
/// MessagePack allows keys of every type; only string keys are field names.
public struct MapEntry: Hashable, Sendable {
    /// The key, a string nearly always.
    public var key: Value
    /// What the key names.
    public var value: Value

    /// An entry with a key of any type.
    public init(key: Value, value: Value) {
        self.key = key
        self.value = value
    }

    /// An entry under a field name.
    public init(_ name: String, _ value: Value) {
        self.init(key: .string(name), value: value)
    }
}

extension Value {
    /// The value at `path`, stepping through maps only; nil if the field is absent.
    public subscript(path: FieldPath) -> Value? {
        var current = self
        for component in path.components {
            guard case .map(let entries) = current else { return nil }
            guard let entry = entries.first(where: { $0.isNamed(component) }) else { return nil }
            current = entry.value
        }
        return current
    }

    /// True for what can be an index key: neither array nor map nor opaque.
    public var isScalar: Bool {
        switch self {
        case .null, .bool, .int, .uint, .double, .timestamp, .string, .bytes: true
        case .array, .map, .opaque: false
        }
    }
}

extension MapEntry {
    /// True if the key is the string with these UTF-8 bytes.
    func isNamed(_ name: [UInt8]) -> Bool {
        guard case .string(let text) = key else { return false }
        return text.utf8.elementsEqual(name)
    }
}
