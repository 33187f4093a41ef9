internal import Values

/// Scalars as messages and examples show them.
enum ValueText {
    static func display(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .uint(let number): "\(number)"
        case .double(let number): "\(number)"
        case .timestamp(let instant): instant.description
        case .string(let text): quoted(text)
        case .bytes(let bytes), .opaque(_, let bytes): PrimaryKeyText.hexadecimal(bytes)
        case .array: "[...]"
        case .map: "{...}"
        }
    }

    /// A text as JSON writes it, on one line.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                quoted += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// The index key of an entry: its values with commas between them; a cut key ends in an ellipsis.
    static func display(entry: RawSpan, components: Int) -> String {
        var texts: [String] = []
        var offset = 0
        do {
            let parts = try EntryLayout.split(entry: entry, components: components)
            let indexKey = entry.extracting(first: parts.indexKeyLength)
            for _ in 0..<components { texts.append(display(try KeyEncoding.decodeComponent(indexKey, at: &offset))) }
        } catch {
            // A cut key, or damaged bytes: what could be read, and the rest as it is.
            texts.append(PrimaryKeyText.hexadecimal(entry.extracting(droppingFirst: offset).copied) + "...")
        }
        return texts.joined(separator: ",")
    }
}
