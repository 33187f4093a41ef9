// Records of any shape are `Value`s, which a table takes as they are; this is for other coders, such as JSON.
extension Value: Codable {
    /// Reads what a coder has: null, a flag, a number, a text, a list, or named values.
    ///
    /// Timestamps, bytes and opaque values come back as what `encode(to:)` made of them.
    public init(from decoder: any Decoder) throws {
        if let fields = try? decoder.container(keyedBy: FieldName.self) {  // It only asks whether it has fields.
            self = .map(
                try fields.allKeys.map { name in
                    Entry(key: .string(name.stringValue), value: try fields.decode(Value.self, forKey: name))
                })
        } else if var list = try? decoder.unkeyedContainer() {  // It only asks whether it is a list.
            var elements: [Value] = []
            while !list.isAtEnd { elements.append(try list.decode(Value.self)) }
            self = .array(elements)
        } else {
            self = try Value(scalarOf: try decoder.singleValueContainer())
        }
    }

    private init(scalarOf container: any SingleValueDecodingContainer) throws {
        // Each `try?` only asks whether the value is of that kind; the last one reports.
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {  // as above
            self = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {  // as above
            self = .int(number)
        } else if let number = try? container.decode(UInt64.self) {  // as above
            self = .uint(number)
        } else if let number = try? container.decode(Double.self) {  // as above
            self = .double(number)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// Writes it; a timestamp as seconds, bytes as a list of numbers, a map by the texts of its keys.
    public func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch self {
        case .null: try single.encodeNil()
        case .bool(let flag): try single.encode(flag)
        case .int(let number): try single.encode(number)
        case .uint(let number): try single.encode(number)
        case .double(let number): try single.encode(number)
        case .timestamp(let seconds, let nanoseconds):
            try single.encode(Double(seconds) + Double(nanoseconds) / 1_000_000_000)
        case .string(let text): try single.encode(text)
        case .bytes(let bytes), .opaque(_, let bytes): try single.encode(bytes)
        case .array(let elements): try single.encode(elements)
        case .map(let entries):
            var fields = encoder.container(keyedBy: FieldName.self)
            for entry in entries {
                guard case .string(let name) = entry.key else { continue }
                try fields.encode(entry.value, forKey: FieldName(stringValue: name))
            }
        }
    }
}
