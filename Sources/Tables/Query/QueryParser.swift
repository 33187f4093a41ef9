internal import Values

/// Reads a WHERE text into a `QueryPredicate`.
///
/// ```
/// either  = both { OR both }
/// both    = single { AND single }
/// single  = NOT single | "(" either ")" | field test
/// test    = ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") value
///         | [NOT] BETWEEN value AND value | [NOT] IN "(" value { "," value } ")"
///         | [NOT] (STARTS WITH | ENDS WITH | CONTAINS) value | IS [NOT] (NULL | MISSING)
/// value   = number | 'text' | "text" | TRUE | FALSE | NULL | TIMESTAMP 'text' | x'hex' | [-]INFINITY | NAN
/// ```
/// Keywords are written in any case. `f NOT IN (...)` means `NOT f IN (...)`.
struct QueryParser {
    /// A person writes hundreds of bytes, a program with a long IN list some thousands.
    static let textBytesMax = 256 * 1024
    /// Parentheses and NOTs within one another: bounds the recursion here and wherever a predicate is walked.
    static let depthMax = 100

    private let text: [UInt8]
    private let tokens: [QueryToken]
    private var index = 0
    private var depth = 0

    /// The predicate that `text` spells.
    static func predicate(of text: String) throws(QuerySyntaxError) -> QueryPredicate {
        var parser = try QueryParser(of: text)
        let predicate = try parser.either()
        guard parser.current.kind == .end else { throw parser.error(expected: "AND, OR or the end") }
        return predicate
    }

    /// The field that `text` names.
    static func field(of text: String) throws(QuerySyntaxError) -> FieldPath {
        var parser = try QueryParser(of: text)
        let path = try parser.field(isAlone: true)
        guard parser.current.kind == .end else { throw parser.error(expected: "the end of the field name") }
        return path
    }

    /// The order that `text` spells: a field, and ASC or DESC.
    static func order(of text: String) throws(QuerySyntaxError) -> Query.Order {
        var parser = try QueryParser(of: text)
        let path = try parser.field(isAlone: true)
        let isDescending = parser.accept("DESC")
        if !isDescending { _ = parser.accept("ASC") }
        guard parser.current.kind == .end else { throw parser.error(expected: "ASC, DESC or the end") }
        return Query.Order(path, isDescending: isDescending)
    }

    private init(of text: String) throws(QuerySyntaxError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.textBytesMax else {
            throw QuerySyntaxError(
                bytes, at: Self.textBytesMax, reason: "the text has \(bytes.count) bytes",
                expected: "at most \(Self.textBytesMax)")
        }
        self.init(text: bytes, tokens: try QueryLexer.tokens(of: bytes))
    }

    private init(text: [UInt8], tokens: [QueryToken]) {
        self.text = text
        self.tokens = tokens
    }

    // MARK: Logic

    private mutating func either() throws(QuerySyntaxError) -> QueryPredicate {
        var parts = [try both()]
        while accept("OR") { parts.append(try both()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func both() throws(QuerySyntaxError) -> QueryPredicate {
        var parts = [try single()]
        while accept("AND") { parts.append(try single()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func single() throws(QuerySyntaxError) -> QueryPredicate {
        let start = current.range.lowerBound
        if accept("NOT") {
            try descend(from: start)
            defer { depth -= 1 }
            return .not(try single())
        }
        if accept(.open) {
            try descend(from: start)
            defer { depth -= 1 }
            let inner = try either()
            guard accept(.close) else { throw error(expected: "AND, OR or )") }
            return inner
        }
        return try fieldTest()
    }

    private mutating func descend(from offset: Int) throws(QuerySyntaxError) {
        depth += 1
        guard depth <= Self.depthMax else {
            throw QuerySyntaxError(
                text, at: offset, reason: "parentheses and NOTs lie too deep within one another",
                expected: "at most \(Self.depthMax)")
        }
    }

    // MARK: Tests of a field

    private mutating func fieldTest() throws(QuerySyntaxError) -> QueryPredicate {
        let path = try field()
        if let comparison = acceptComparison() { return .field(path, .compare(comparison, try value())) }
        if accept("IS") { return try isTest(of: path) }
        if accept("NOT") {
            guard let test = try wordTest() else { throw error(expected: "BETWEEN, IN, STARTS, ENDS or CONTAINS") }
            return .not(.field(path, test))
        }
        if let test = try wordTest() { return .field(path, test) }
        throw error(expected: "=, !=, <, <=, >, >=, BETWEEN, IN, STARTS WITH, ENDS WITH, CONTAINS or IS")
    }

    /// - Parameter isAlone: where no sentence goes on, keywords are names like any other.
    private mutating func field(isAlone: Bool = false) throws(QuerySyntaxError) -> FieldPath {
        let token = current
        guard case .name(let name, let isQuoted) = token.kind else {
            if case .literal(.string) = token.kind {
                throw error(expected: "a field name (quotes make text; a name may stand in `backquotes`)")
            }
            throw error(expected: "a field name, NOT or (")
        }
        if !isAlone, !isQuoted, let keyword = token.keyword, Self.reserved.contains(keyword) {
            throw error(expected: "a field name, NOT or ( (a field of that name needs `backquotes`)")
        }
        index += 1
        do {
            return try FieldPath(name)
        } catch {
            throw QuerySyntaxError(
                text, at: token.range.lowerBound, reason: "no field can have that name: \(error)",
                expected: "a field name")
        }
    }

    private mutating func isTest(of path: FieldPath) throws(QuerySyntaxError) -> QueryPredicate {
        let isNegated = accept("NOT")
        if accept("NULL") { return .field(path, isNegated ? .isNotNull : .isNull) }
        if accept("MISSING") { return .field(path, isNegated ? .isPresent : .isMissing) }
        throw error(expected: isNegated ? "NULL or MISSING" : "NULL, MISSING or NOT")
    }

    /// The tests that are written as words and may follow NOT; nil when no such word comes next.
    private mutating func wordTest() throws(QuerySyntaxError) -> QueryPredicate.Test? {
        if accept("BETWEEN") {
            let low = try value()
            guard accept("AND") else { throw error(expected: "AND and the upper bound") }
            return .between(low, try value())
        }
        if accept("IN") { return .isIn(try list()) }
        if accept("CONTAINS") { return .pattern(.contains, try pattern()) }
        if accept("STARTS") {
            guard accept("WITH") else { throw error(expected: "WITH") }
            return .pattern(.startsWith, try pattern())
        }
        if accept("ENDS") {
            guard accept("WITH") else { throw error(expected: "WITH") }
            return .pattern(.endsWith, try pattern())
        }
        return nil
    }

    // MARK: Values

    private mutating func list() throws(QuerySyntaxError) -> [Value] {
        guard accept(.open) else { throw error(expected: "( and a list of values") }
        var values = [try value()]
        while accept(.comma) { values.append(try value()) }
        guard accept(.close) else { throw error(expected: ", or )") }
        return values
    }

    private mutating func pattern() throws(QuerySyntaxError) -> Value {
        let expected = "'text' or x'..'"
        switch current.kind {
        case .literal(.string), .literal(.bytes): return try value()
        default: throw error(expected: expected)
        }
    }

    private mutating func value() throws(QuerySyntaxError) -> Value {
        if case .literal(let value) = current.kind {
            index += 1
            return value
        }
        if accept("TRUE") { return .bool(true) }
        if accept("FALSE") { return .bool(false) }
        if accept("NULL") { return .null }
        if accept("NAN") { return .double(.nan) }
        if accept("INFINITY") { return .double(.infinity) }
        if accept("TIMESTAMP") { return .timestamp(try timestamp()) }
        throw error(expected: "a value: a number, 'text', true, false, null, timestamp '...' or x'..'")
    }

    private mutating func timestamp() throws(QuerySyntaxError) -> Timestamp {
        guard case .literal(.string(let text)) = current.kind else {
            throw error(expected: "a time such as '2026-01-31T00:00:00Z'")
        }
        guard let timestamp = Timestamp(rfc3339: text) else {
            throw QuerySyntaxError(
                self.text, at: current.range.lowerBound, found: current.described(in: self.text),
                expected: "a time by RFC 3339 such as '2026-01-31T00:00:00Z'")
        }
        index += 1
        return timestamp
    }

    // MARK: Tokens

    /// Words that would make a sentence unreadable as bare field names.
    static let reserved: Set<String> = [
        "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "NULL", "TRUE", "FALSE",
    ]

    private var current: QueryToken { tokens[index] }

    private mutating func accept(_ keyword: String) -> Bool {
        guard current.keyword == keyword else { return false }
        index += 1
        return true
    }

    private mutating func accept(_ sign: QueryToken.Sign) -> Bool {
        guard current.kind == .sign(sign) else { return false }
        index += 1
        return true
    }

    private mutating func acceptComparison() -> QueryPredicate.Comparison? {
        guard case .sign(let sign) = current.kind, let comparison = QueryPredicate.Comparison(rawValue: sign.rawValue)
        else {
            return nil
        }
        index += 1
        return comparison
    }

    private func error(expected: String) -> QuerySyntaxError {
        QuerySyntaxError(text, at: current.range.lowerBound, found: current.described(in: text), expected: expected)
    }
}
