internal import Values

/// One word, literal or sign of a query's text, with the place where it stands.
struct QueryToken: Hashable {
    enum Kind: Hashable {
        /// A field name or a keyword; `isQuoted` when any part stood in backquotes, so that it can be no keyword.
        case name(String, isQuoted: Bool)
        /// A number, text or `x'..'` bytes.
        case literal(Value)
        case sign(Sign)
        case end
    }

    enum Sign: String, Hashable {
        case open = "("
        case close = ")"
        case comma = ","
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    var kind: Kind
    /// Bytes of the query's UTF-8 text.
    var range: Range<Int>

    /// The keyword that this token spells in capitals, or nil when it can be none.
    var keyword: String? {
        guard case .name(let text, isQuoted: false) = kind else { return nil }
        return text.uppercased()
    }

    /// How an error message calls what was found.
    func described(in text: [UInt8]) -> String {
        if case .end = kind { return "the end" }
        let found = text[range]
        let shown = String(decoding: found.prefix(Self.shownBytesMax), as: UTF8.self)
        return found.count > Self.shownBytesMax ? "\(shown)..." : shown
    }

    /// Enough to recognise a literal, short enough for one line.
    private static let shownBytesMax = 40
}
