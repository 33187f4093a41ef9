internal import Values

/// Primary keys as people write and read them.
///
/// A text is read as a JSON number or a quoted JSON string first, else as plain text. `42` may mean the number or the
/// text; `"42"` is the text, `+42` the number. Instants are written in RFC 3339, bytes as `x'00ff'`.
enum PrimaryKeyText {
    /// All keys that a text may stand for, the likeliest first; never empty.
    static func readings(of text: String) -> [Value] {
        let plain = Value.string(text)
        if text.hasPrefix("\"") {
            guard let value = json(text), case .string = value else { return [plain] }
            return [value]
        }
        let number = json(text.hasPrefix("+") ? String(text.dropFirst()) : text)
        switch number {
        case .int, .uint, .double: return [number ?? plain, plain]
        default: break
        }
        if let instant = Timestamp(rfc3339: text) { return [.timestamp(instant), plain] }
        if let bytes = hexadecimal(text) { return [.bytes(bytes), plain] }
        return [plain]
    }

    /// A value of JSON text, or nil if the text is none.
    private static func json(_ text: String) -> Value? {
        guard let first = text.utf8.first, first == UInt8(ascii: "\"") || first == UInt8(ascii: "-") || isDigit(first)
        else {
            return nil
        }
        // Not JSON is no error here: the text is a key as it stands.
        return try? Value(json: Array(text.utf8).span.bytes)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        guard text.hasPrefix("x'"), text.hasSuffix("'"), text.utf8.count % 2 == 1 else { return nil }
        let digits = text.utf8.dropFirst(2).dropLast().map { Character(Unicode.Scalar($0)).hexDigitValue }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[pair], let low = digits[pair + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// An encoded primary key as a text that `readings` reads back; hexadecimal if it is no key of ours.
    static func display(_ key: RawSpan) -> String {
        do {
            return display(try KeyEncoding.decodePrimaryKey(key))
        } catch {
            return hexadecimal(key.copied)
        }
    }

    /// A value as a text: numbers and plain texts as they are, a text that could be something else in quotes.
    static func display(_ value: Value) -> String {
        guard case .string(let text) = value else { return ValueText.display(value) }
        return readings(of: text).count == 1 && !text.hasPrefix("\"") ? text : ValueText.quoted(text)
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        "x'" + bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined() + "'"
    }
}
