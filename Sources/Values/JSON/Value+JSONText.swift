extension Value {
    /// Appends the value as JSON text on one line.
    ///
    /// Integers are exact, doubles the shortest that read back the same (always with a fraction or an exponent), NaN
    /// and infinities the strings "NaN", "Infinity" and "-Infinity", timestamps RFC 3339, bytes base64. A map's key
    /// that is no string becomes its own text in quotes; an extension that Gapless does not know becomes
    /// `{"extension":TYPE,"bytes":"BASE64"}`. Any thread.
    public func appendJSON(to text: inout [UInt8]) {
        switch self {
        case .null: JSONText.append("null", to: &text)
        case .bool(let value): JSONText.append(value ? "true" : "false", to: &text)
        case .int(let value): JSONText.append(integer: value, to: &text)
        case .uint(let value): JSONText.append(integer: value, to: &text)
        case .double(let value): JSONText.append(value, to: &text)
        case .timestamp(let value): JSONText.append(value, to: &text)
        case .string(let value): value.utf8.withContiguous { JSONText.append(string: $0, to: &text) }
        case .bytes(let value): value.withUnsafeBytes { JSONText.append(bytes: $0, to: &text) }
        case .array(let values): Self.append(values, to: &text)
        case .map(let entries): Self.append(entries, to: &text)
        case .opaque(let type, let bytes):
            bytes.withUnsafeBytes { JSONText.append(extension: type, $0, to: &text) }
        }
    }

    /// The value as JSON text on one line, as `appendJSON(to:)` writes it.
    public var jsonText: String {
        var text: [UInt8] = []
        appendJSON(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ values: [Value], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            value.appendJSON(to: &text)
        }
        text.append(UInt8(ascii: "]"))
    }

    private static func append(_ entries: [MapEntry], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "{"))
        for (index, entry) in entries.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            entry.key.appendJSONName(to: &text)
            text.append(UInt8(ascii: ":"))
            entry.value.appendJSON(to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    /// Appends a map's key: JSON has strings only, so that other keys become their text.
    func appendJSONName(to text: inout [UInt8]) {
        switch self {
        case .string, .timestamp, .bytes: appendJSON(to: &text)
        case .double(let number) where !number.isFinite: appendJSON(to: &text)
        default:
            var name: [UInt8] = []
            appendJSON(to: &name)
            name.withUnsafeBytes { JSONText.append(string: $0, to: &text) }
        }
    }
}

extension JSONText {
    /// Appends a MessagePack extension that Gapless does not interpret.
    static func append<Output: ByteOutput & ~Copyable>(
        extension type: Int8, _ bytes: UnsafeRawBufferPointer, to text: inout Output
    ) {
        append("{\"extension\":", to: &text)
        append(integer: Int64(type), to: &text)
        append(",\"bytes\":", to: &text)
        append(bytes: bytes, to: &text)
        text.append(byte: UInt8(ascii: "}"))
    }
}
