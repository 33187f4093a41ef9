internal import Values

/// Cuts the text of a query into tokens.
struct QueryLexer {
    let text: [UInt8]
    private(set) var position = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// All tokens of `text`, the last one being `.end`.
    static func tokens(of text: [UInt8]) throws(QuerySyntaxError) -> [QueryToken] {
        var lexer = QueryLexer(text)
        var tokens: [QueryToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(QuerySyntaxError) -> QueryToken {
        while let byte = peek(), Self.isSpace(byte) { position += 1 }
        let start = position
        let kind = try nextKind()
        return QueryToken(kind: kind, range: start..<position)
    }

    private mutating func nextKind() throws(QuerySyntaxError) -> QueryToken.Kind {
        guard let byte = peek() else { return .end }
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return .literal(.string(try quotedText(called: "text")))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .literal(try number())
        case UInt8(ascii: "x") where peek(1) == UInt8(ascii: "'"), UInt8(ascii: "X") where peek(1) == UInt8(ascii: "'"):
            return .literal(.bytes(try hexadecimal()))
        case UInt8(ascii: "`"):
            return try name()
        default:
            return Self.startsName(byte) ? try name() : .sign(try sign())
        }
    }

    // MARK: Names

    /// A path: parts between dots, each bare or in backquotes.
    private mutating func name() throws(QuerySyntaxError) -> QueryToken.Kind {
        var path = ""
        var isQuoted = false
        while true {
            if peek() == UInt8(ascii: "`") {
                isQuoted = true
                path += Self.step(named: try quotedText(called: "name"))
            } else {
                path += try barePart()
            }
            guard peek() == UInt8(ascii: ".") else { return .name(path, isQuoted: isQuoted) }
            position += 1
            path += "."
        }
    }

    /// A name as `FieldPath` writes it: dots and backslashes in backquotes belong to the name.
    private static func step(named name: String) -> String {
        var step = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            if scalar == "." || scalar == "\\" { step.append("\\") }
            step.append(scalar)
        }
        return String(step)
    }

    private mutating func barePart() throws(QuerySyntaxError) -> String {
        let start = position
        while let byte = peek(), Self.continuesName(byte) { position += 1 }
        guard position > start else {
            throw QuerySyntaxError(text, at: position, expected: "a field name after the dot")
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    // MARK: Literals

    /// What stands between two equal quotes; a doubled quote stands for one.
    private mutating func quotedText(called what: String) throws(QuerySyntaxError) -> String {
        let start = position
        let quote = text[start]
        var content: [UInt8] = []
        position += 1
        while let byte = peek() {
            position += 1
            guard byte == quote else {
                content.append(byte)
                continue
            }
            guard peek() == quote else { return String(decoding: content, as: UTF8.self) }
            content.append(quote)
            position += 1
        }
        throw QuerySyntaxError(
            text, at: start, reason: "the \(what) that begins here has no end",
            expected: "a closing \(Character(Unicode.Scalar(quote)))")
    }

    private mutating func hexadecimal() throws(QuerySyntaxError) -> [UInt8] {
        position += 1
        let start = position
        let digits = Array(try quotedText(called: "bytes literal").utf8)
        guard digits.count.isMultiple(of: 2) else {
            throw QuerySyntaxError(text, at: start, expected: "an even count of hexadecimal digits")
        }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.hexadecimalDigit(digits[pair]), let low = Self.hexadecimalDigit(digits[pair + 1])
            else {
                throw QuerySyntaxError(text, at: start + 1 + pair, expected: "hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private mutating func number() throws(QuerySyntaxError) -> Value {
        let start = position
        if peek() == UInt8(ascii: "-") {
            position += 1
            if let special = try negativeInfinity(from: start) { return special }
        }
        let digitsStart = position
        try digits()
        if text[digitsStart] == UInt8(ascii: "0"), position > digitsStart + 1 {
            throw QuerySyntaxError(text, at: digitsStart, reason: "a number begins with 0", expected: "a number")
        }
        let isInteger = try !fractionAndExponent()
        if let byte = peek(), Self.continuesName(byte) || byte == UInt8(ascii: ".") {
            throw QuerySyntaxError(text, at: position, reason: "a number runs into a name", expected: "a space")
        }
        return try value(ofNumberFrom: start, isInteger: isInteger)
    }

    private mutating func negativeInfinity(from start: Int) throws(QuerySyntaxError) -> Value? {
        guard let byte = peek(), Self.startsName(byte) else { return nil }
        let word = try barePart()
        guard word.uppercased() == "INFINITY" else {
            throw QuerySyntaxError(text, at: start, expected: "a number after -")
        }
        return .double(-.infinity)
    }

    /// Skips the fraction and the exponent; false when there is neither.
    private mutating func fractionAndExponent() throws(QuerySyntaxError) -> Bool {
        var isFound = false
        if peek() == UInt8(ascii: ".") {
            isFound = true
            position += 1
            try digits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            isFound = true
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return isFound
    }

    private mutating func digits() throws(QuerySyntaxError) {
        let start = position
        while let byte = peek(), Self.isDigit(byte) { position += 1 }
        guard position > start else { throw QuerySyntaxError(text, at: position, expected: "a digit") }
    }

    /// Integers stay exact and are never rounded to doubles; both kinds are refused outside their range.
    private func value(ofNumberFrom start: Int, isInteger: Bool) throws(QuerySyntaxError) -> Value {
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if isInteger {
            if let integer = Int64(digits) { return .int(integer) }
            if let integer = UInt64(digits) { return .uint(integer) }
            throw QuerySyntaxError(
                text, at: start, reason: "the integer is out of range",
                expected: "an integer from -2^63 to 2^64-1, or a fraction or exponent to make it a double")
        }
        guard let double = Double(digits), double.isFinite else {
            throw QuerySyntaxError(text, at: start, reason: "the number is out of range", expected: "a double")
        }
        return .double(double)
    }

    // MARK: Signs

    private mutating func sign() throws(QuerySyntaxError) -> QueryToken.Sign {
        let pair = peek(1).map { [text[position], $0] }
        switch pair {
        case Array("!=".utf8), Array("<>".utf8): return sign(.notEqual, bytes: 2)
        case Array("<=".utf8): return sign(.lessOrEqual, bytes: 2)
        case Array(">=".utf8): return sign(.greaterOrEqual, bytes: 2)
        case Array("==".utf8): return sign(.equal, bytes: 2)
        default: break
        }
        switch text[position] {
        case UInt8(ascii: "("): return sign(.open, bytes: 1)
        case UInt8(ascii: ")"): return sign(.close, bytes: 1)
        case UInt8(ascii: ","): return sign(.comma, bytes: 1)
        case UInt8(ascii: "="): return sign(.equal, bytes: 1)
        case UInt8(ascii: "<"): return sign(.less, bytes: 1)
        case UInt8(ascii: ">"): return sign(.greater, bytes: 1)
        default:
            throw QuerySyntaxError(text, at: position, expected: "a field name, a value or an operator")
        }
    }

    private mutating func sign(_ sign: QueryToken.Sign, bytes: Int) -> QueryToken.Sign {
        position += bytes
        return sign
    }

    // MARK: Bytes

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < text.count ? text[position + distance] : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Letters, `_`, `$`, `@` and everything beyond ASCII.
    private static func startsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        case UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "@"): true
        default: false
        }
    }

    /// The language has no arithmetic, so a hyphen may stand inside a name: `first-name`.
    private static func continuesName(_ byte: UInt8) -> Bool {
        startsName(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
    }

    /// Whether a step of a path can be written without backquotes.
    static func isBareName(_ step: [UInt8], isFirst: Bool) -> Bool {
        guard let first = step.first else { return false }
        return (isFirst ? startsName(first) : true) && step.allSatisfy(continuesName)
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
