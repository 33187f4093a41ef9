package import Values

extension QueryPredicate: CustomStringConvertible {
    /// The predicate in the language of queries: parsing it gives an equal predicate.
    ///
    /// (But for what cannot be written: an empty `all` or `any`, which only a program makes.)
    public var description: String { text(isInside: false) }

    private func text(isInside: Bool) -> String {
        switch self {
        case .all(let parts): parts.isEmpty ? "(everything)" : Self.joined(parts, " AND ", isInside)
        case .any(let parts): parts.isEmpty ? "(nothing)" : Self.joined(parts, " OR ", isInside)
        case .not(let inner): "NOT \(inner.text(isInside: true))"
        case .field(let path, let test): "\(path.queryText) \(test)"
        }
    }

    private static func joined(_ parts: [QueryPredicate], _ word: String, _ isInside: Bool) -> String {
        let text = parts.map { $0.text(isInside: true) }.joined(separator: word)
        return isInside ? "(\(text))" : text
    }
}

extension QueryPredicate.Test: CustomStringConvertible {
    /// What follows the field's name in the language of queries.
    public var description: String {
        switch self {
        case .compare(let comparison, let value): "\(comparison.rawValue) \(value.queryText)"
        case .between(let low, let high): "BETWEEN \(low.queryText) AND \(high.queryText)"
        case .isIn(let values): "IN (\(values.map(\.queryText).joined(separator: ", ")))"
        case .pattern(let kind, let value): "\(kind.rawValue) \(value.queryText)"
        case .isNull: "IS NULL"
        case .isNotNull: "IS NOT NULL"
        case .isMissing: "IS MISSING"
        case .isPresent: "IS NOT MISSING"
        }
    }
}

extension FieldPath {
    /// The path with backquotes around the steps that cannot stand bare.
    package var queryText: String {
        components.enumerated().map { index, step in
            let name = String(decoding: step, as: UTF8.self)
            let isBare = QueryLexer.isBareName(step, isFirst: index == 0)
            let isReserved = components.count == 1 && QueryParser.reserved.contains(name.uppercased())
            return isBare && !isReserved ? name : "`\(name.doubling("`"))`"
        }.joined(separator: ".")
    }
}

extension Value {
    /// The literal that stands for this value; what has no literal gets a word.
    package var queryText: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): Self.queryText(of: value)
        case .timestamp(let value): "timestamp '\(value)'"
        case .string(let value): "'\(value.doubling("'"))'"
        case .bytes(let value): "x'\(value.hexadecimal)'"
        case .array: "(an array)"
        case .map: "(a map)"
        case .opaque: "(an opaque value)"
        }
    }

    private static func queryText(of double: Double) -> String {
        if double.isNaN { return "nan" }
        if double.isInfinite { return double < 0 ? "-infinity" : "infinity" }
        return double.description
    }
}

extension String {
    /// By scalars: a quote and a combining mark after it are one `Character`.
    fileprivate func doubling(_ quote: Unicode.Scalar) -> String {
        var doubled = UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar == quote { doubled.append(quote) }
            doubled.append(scalar)
        }
        return String(doubled)
    }
}

extension Collection<UInt8> {
    /// Two lowercase digits a byte.
    var hexadecimal: String {
        reduce(into: "") { text, byte in
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }
}
