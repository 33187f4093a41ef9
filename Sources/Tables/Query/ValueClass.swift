internal import Values

/// Values that compare with one another: comparisons never match across classes.
enum ValueClass: Hashable {
    case null, bool, number, timestamp, string, bytes

    /// The class of a scalar; nil for arrays, maps and opaque values, which compare with nothing.
    init?(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool: self = .bool
        case .int, .uint, .double: self = .number
        case .timestamp: self = .timestamp
        case .string: self = .string
        case .bytes: self = .bytes
        case .array, .map, .opaque: return nil
        }
    }
}
