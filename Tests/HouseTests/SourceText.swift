/// A file's lines twice: as written, and as code alone, with the text of comments and string literals blanked.
///
/// This is a scanner of characters, no parser: it knows comments, strings (raw and of many lines) and interpolations.
/// It does not know regex literals; a rule that wants one writes a string.
struct SourceText: Sendable {
    let lines: [String]
    let code: [String]
    /// For each line, whether some part of a comment stands on it.
    let holdsComment: [Bool]

    init(_ text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.run()
        lines = Self.split(Array(text.utf8))
        code = Self.split(scanner.code)
        holdsComment = scanner.commentLines + [Bool](repeating: false, count: lines.count)
    }

    /// Whether the line (counted from 0) has a comment on it or one that stands alone on the line before.
    func isExplained(line: Int) -> Bool {
        if holdsComment[line] { return true }
        guard line > 0 else { return false }
        return holdsComment[line - 1] && code[line - 1].allSatisfy(\.isWhitespace)
    }

    private static func split(_ bytes: [UInt8]) -> [String] {
        var parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Walks the bytes once and blanks what is no code.
private struct Scanner {
    private enum State {
        case code(parentheses: Int)
        case lineComment
        case blockComment(depth: Int)
        case string(hashes: Int, quotes: Int)
    }

    let bytes: [UInt8]
    private(set) var code: [UInt8] = []
    private(set) var commentLines = [false]
    private var at = 0
    private var states: [State] = [.code(parentheses: 0)]

    init(bytes: [UInt8]) {
        self.bytes = bytes
        code.reserveCapacity(bytes.count)
    }

    mutating func run() {
        while at < bytes.count, let state = states.last {
            if bytes[at] == UInt8(ascii: "\n") {
                endLine(state)
                continue
            }
            switch state {
            case .code(let parentheses): stepCode(parentheses)
            case .lineComment: blank(1, isComment: true)
            case .blockComment(let depth): stepBlockComment(depth)
            case .string(let hashes, let quotes): stepString(hashes, quotes)
            }
        }
    }

    private mutating func endLine(_ state: State) {
        switch state {
        case .lineComment: states.removeLast()
        case .string(_, quotes: 1): states.removeLast()  // never closed: not our business
        case .code, .blockComment, .string: break
        }
        code.append(bytes[at])
        commentLines.append(false)
        at += 1
    }

    private mutating func stepCode(_ parentheses: Int) {
        if starts("//") {
            states.append(.lineComment)
        } else if starts("/*") {
            blank(2, isComment: true)
            states.append(.blockComment(depth: 1))
        } else if let opening = stringOpening() {
            keep(opening.hashes + opening.quotes)
            states.append(.string(hashes: opening.hashes, quotes: opening.quotes))
        } else {
            count(bytes[at], parentheses)
            keep(1)
        }
    }

    /// An interpolation is code until its parenthesis closes.
    private mutating func count(_ byte: UInt8, _ parentheses: Int) {
        guard states.count > 1 else { return }
        if byte == UInt8(ascii: "(") {
            states[states.count - 1] = .code(parentheses: parentheses + 1)
        } else if byte == UInt8(ascii: ")") {
            if parentheses == 1 {
                states.removeLast()
            } else {
                states[states.count - 1] = .code(parentheses: parentheses - 1)
            }
        }
    }

    private mutating func stepBlockComment(_ depth: Int) {
        if starts("/*") {
            states[states.count - 1] = .blockComment(depth: depth + 1)
            blank(2, isComment: true)
        } else if starts("*/") {
            if depth == 1 { states.removeLast() } else { states[states.count - 1] = .blockComment(depth: depth - 1) }
            blank(2, isComment: true)
        } else {
            blank(1, isComment: true)
        }
    }

    private mutating func stepString(_ hashes: Int, _ quotes: Int) {
        let pounds = String(repeating: "#", count: hashes)
        if starts(String(repeating: "\"", count: quotes) + pounds) {
            states.removeLast()
            keep(quotes + hashes)
        } else if starts("\\" + pounds + "(") {
            keep(hashes + 2)
            states.append(.code(parentheses: 1))
        } else if starts("\\" + pounds), at + hashes + 1 < bytes.count, bytes[at + hashes + 1] != UInt8(ascii: "\n") {
            blank(hashes + 2, isComment: false)
        } else {
            blank(1, isComment: false)
        }
    }

    private func stringOpening() -> (hashes: Int, quotes: Int)? {
        var end = at
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
        let isLong = end + 2 < bytes.count && bytes[end + 1] == bytes[end] && bytes[end + 2] == bytes[end]
        return (end - at, isLong ? 3 : 1)
    }

    private func starts(_ text: String) -> Bool {
        let wanted = text.utf8
        return at + wanted.count <= bytes.count && bytes[at..<(at + wanted.count)].elementsEqual(wanted)
    }

    private mutating func keep(_ count: Int) {
        code.append(contentsOf: bytes[at..<(at + count)])
        at += count
    }

    private mutating func blank(_ count: Int, isComment: Bool) {
        if isComment { commentLines[commentLines.count - 1] = true }
        code.append(contentsOf: repeatElement(UInt8(ascii: " "), count: count))
        at += count
    }
}
