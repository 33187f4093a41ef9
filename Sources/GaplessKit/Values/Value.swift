/// A value of a record whose shape the program does not know.
///
/// Written as literals: `["id": 1, "tags": ["a", "b"], "left": nil]`. Equality is that of Swift: `.int(1)` differs from
/// `.double(1)`, although queries compare numbers by what they are worth.
public enum Value: Hashable, Sendable {
    /// Present, and nothing. Not the same as an absent field.
    case null
    /// False or true.
    case bool(Bool)
    /// A whole number of 64 bits.
    case int(Int64)
    /// A whole number above `Int64.max`; smaller ones are `int`.
    case uint(UInt64)
    /// A double.
    case double(Double)
    /// An instant: seconds since 1970 in UTC, and nanoseconds below a second.
    case timestamp(seconds: Int64, nanoseconds: UInt32)
    /// A text.
    case string(String)
    /// Raw bytes.
    case bytes([UInt8])
    /// A list.
    case array([Value])
    /// Named values, in the order in which they were stored.
    case map([Entry])
    /// A MessagePack extension that Gapless does not interpret: kept as it is.
    case opaque(type: Int8, bytes: [UInt8])

    /// One key of a map and its value; keys are strings nearly always.
    public struct Entry: Hashable, Sendable {
        /// The key.
        public var key: Value
        /// What it names.
        public var value: Value

        /// An entry.
        public init(key: Value, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// The value of a field of a map; nil if it is absent. Setting nil takes the field out.
    public subscript(field: String) -> Value? {
        get {
            guard case .map(let entries) = self else { return nil }
            return entries.first { $0.key == .string(field) }?.value
        }
        set {
            guard case .map(var entries) = self else { return }
            let place = entries.firstIndex { $0.key == .string(field) }
            switch (newValue, place) {
            case (let value?, let place?): entries[place].value = value
            case (let value?, nil): entries.append(Entry(key: .string(field), value: value))
            case (nil, let place?): entries.remove(at: place)
            case (nil, nil): break
            }
            self = .map(entries)
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `nil`: null.
    public init(nilLiteral: ()) { self = .null }
    /// `true`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// `42`.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// `4.2`.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// `"text"`.
    public init(stringLiteral value: String) { self = .string(value) }
    /// `[1, 2]`.
    public init(arrayLiteral elements: Value...) { self = .array(elements) }
    /// `["id": 1]`.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self = .map(elements.map { Entry(key: .string($0.0), value: $0.1) })
    }
}
