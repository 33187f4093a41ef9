internal import Values

extension Value {
    /// A value as the store has it.
    init(_ stored: Values.Value) {
        switch stored {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .uint(let number): self = .uint(number)
        case .double(let number): self = .double(number)
        case .timestamp(let instant): self = .timestamp(seconds: instant.seconds, nanoseconds: instant.nanoseconds)
        case .string(let text): self = .string(text)
        case .bytes(let bytes): self = .bytes(bytes)
        case .array(let elements): self = .array(elements.map(Value.init))
        case .map(let entries): self = .map(entries.map { Entry(key: Value($0.key), value: Value($0.value)) })
        case .opaque(let type, let bytes): self = .opaque(type: type, bytes: bytes)
        }
    }

    /// The value for the store. Throws `BAD_RECORD` for an instant whose nanoseconds are no part of a second.
    var stored: Values.Value {
        get throws {
            switch self {
            case .null: return .null
            case .bool(let flag): return .bool(flag)
            case .int(let number): return .int(number)
            case .uint(let number): return Values.Value(number)
            case .double(let number): return .double(number)
            case .timestamp(let seconds, let nanoseconds):
                guard nanoseconds < Timestamp.nanosecondsPerSecond else {
                    throw DatabaseError(
                        .badRecord, "a timestamp has \(nanoseconds) nanoseconds: give whole seconds as seconds")
                }
                return .timestamp(Timestamp(seconds: seconds, nanoseconds: nanoseconds))
            case .string(let text): return .string(text)
            case .bytes(let bytes): return .bytes(bytes)
            case .array(let elements): return .array(try elements.map { try $0.stored })
            case .map(let entries):
                return .map(try entries.map { MapEntry(key: try $0.key.stored, value: try $0.value.stored) })
            case .opaque(let type, let bytes): return .opaque(type: type, bytes: bytes)
            }
        }
    }
}
