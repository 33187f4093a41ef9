/// What `GAPLESS_FAILPOINTS` asks for: rules in order. Of those that apply at a point each has its turn, up to the
/// first that makes the call fail: so a stall before an error makes a late error.
///
///     plan   = rule *( ";" rule )
///     rule   = point "=" action *( "@" when )
///     action = "error(" name ")" / "stall(" time ")" / "stop" / "exit(" code ")" / "abort" / "lose" / "repeat"
///     when   = "nth:" n / "every:" n / "after:" n / "times:" n / "once" / "once:" path / "chance:" n [ "/" seed ]
///            / "in:" command / "on:" text / "key:" hex
///     time   = n "ms" / n "s"
public struct FaultPlan: Hashable, Sendable {
    /// In the order in which they were written.
    public let rules: [FaultRule]

    /// Reads a plan; throws ``FaultSyntaxError``.
    public init(_ text: String) throws(FaultSyntaxError) {
        var rules: [FaultRule] = []
        for part in text.split(separator: ";") {
            let rule = part.trimmed
            if !rule.isEmpty { rules.append(try FaultRule(parsing: rule)) }
        }
        self.rules = rules
    }
}

/// A plan that cannot be read: which part of it, and what would be right.
public struct FaultSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for people, which lists what is known where something is unknown.
    public let description: String
}

extension FaultRule {
    fileprivate init(parsing text: String) throws(FaultSyntaxError) {
        let words = text.split(separator: "@", omittingEmptySubsequences: false).map(\.trimmed)
        let sides = words[0].split(separator: "=", maxSplits: 1).map(\.trimmed)
        guard sides.count == 2 else {
            throw FaultSyntaxError(description: "'\(text)' is no rule: write POINT=ACTION, as in lmdb.put=error(busy)")
        }
        guard let point = FaultPoint(rawValue: sides[0]) else {
            let names = FaultPoint.allCases.map(\.rawValue).joined(separator: " ")
            throw FaultSyntaxError(description: "there is no failpoint '\(sides[0])'; there are: \(names)")
        }
        self.init(point: point, action: try FaultRule.action(sides[1]))
        try checkAction(sides[1])
        for word in words.dropFirst() { try read(word) }
    }

    private static func action(_ text: String) throws(FaultSyntaxError) -> Action {
        let (name, argument) = text.callParts
        switch (name, argument) {
        case ("error", let named?):
            if let error = FaultError(rawValue: named) { return .fail(error) }
            let names = FaultError.allCases.map(\.rawValue).joined(separator: " ")
            throw FaultSyntaxError(description: "there is no error '\(named)'; there are: \(names)")
        case ("stall", let time?):
            if let milliseconds = time.milliseconds { return .stall(milliseconds: milliseconds) }
            throw FaultSyntaxError(description: "'\(time)' is no time: write 500ms or 2s")
        case ("exit", let code?): if let code = Int32(code), (0...255).contains(code) { return .leave(code: code) }
        case ("stop", nil): return .stop
        case ("abort", nil): return .abort
        case ("lose", nil): return .lose
        case ("repeat", nil): return .repeat
        default: break
        }
        throw FaultSyntaxError(
            description: "'\(text)' is no action; there are: error(NAME) stall(TIME) stop exit(CODE) abort lose repeat")
    }

    private func checkAction(_ text: String) throws(FaultSyntaxError) {
        switch action {
        case .fail(let error):
            guard point.takesErrors else {
                throw FaultSyntaxError(
                    description: "\(point.rawValue) comes when all has gone well: it takes no error, but stall, stop, "
                        + "exit and abort")
            }
            guard error.number != nil || point.isOfStore else {
                throw FaultSyntaxError(
                    description: "\(error.rawValue) is an error of LMDB, which \(point.rawValue) has none of")
            }
        case .lose where !point.isMessage, .repeat where point != .send:
            throw FaultSyntaxError(description: "\(text) is for messages: zmq.send, and lose for zmq.receive too")
        default: break
        }
    }

    private mutating func read(_ word: String) throws(FaultSyntaxError) {
        let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
        let value = parts.count > 1 ? parts[1] : nil
        switch (parts.first, value) {
        case ("once", nil): times = 1
        case ("once", let path?): (marker, times) = (path, 1)
        case ("in", let name?): command = name
        case ("on", let text?): subject = text
        case ("key", let hex?): key = try FaultRule.bytes(hex)
        case ("nth", let text?): nth = try FaultRule.number(text, in: word)
        case ("every", let text?): every = try FaultRule.number(text, in: word)
        case ("after", let text?): after = try FaultRule.number(text, in: word)
        case ("times", let text?): times = try FaultRule.number(text, in: word)
        case ("chance", let text?): try readChance(text, in: word)
        default:
            throw FaultSyntaxError(
                description: "'@\(word)' is no condition; there are: @nth:N @every:N @after:N @times:N @once "
                    + "@once:FILE @chance:N/SEED @in:COMMAND @on:TEXT @key:HEX")
        }
    }

    private mutating func readChance(_ text: String, in word: String) throws(FaultSyntaxError) {
        let numbers = text.split(separator: "/").map(String.init)
        guard let first = numbers.first else { throw FaultSyntaxError(description: "'@\(word)' lacks its number") }
        chance = try FaultRule.number(first, in: word)
        if numbers.count > 1 { seed = UInt64(try FaultRule.number(numbers[1], in: word)) }
    }

    private static func number(_ text: String, in word: String) throws(FaultSyntaxError) -> Int {
        if let number = Int(text), number > 0 { return number }
        throw FaultSyntaxError(description: "'@\(word)' needs a number from 1 on")
    }

    private static func bytes(_ hex: String) throws(FaultSyntaxError) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, !hex.isEmpty, hex.count.isMultiple(of: 2) else {
            throw FaultSyntaxError(description: "'@key:\(hex)' needs bytes in hexadecimal")
        }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// `error(busy)` in two parts; a text without parentheses has no second one.
    fileprivate var callParts: (name: String, argument: String?) {
        guard let open = firstIndex(of: "("), hasSuffix(")") else { return (String(self), nil) }
        return (String(self[..<open]), String(self[index(after: open)...].dropLast()))
    }

    /// `500ms` or `2s`.
    fileprivate var milliseconds: Int? {
        if hasSuffix("ms") { return Int(dropLast(2)).flatMap { $0 >= 0 ? $0 : nil } }
        guard hasSuffix("s"), let seconds = Int(dropLast()), (0...86_400).contains(seconds) else { return nil }
        return seconds * 1_000
    }
}
