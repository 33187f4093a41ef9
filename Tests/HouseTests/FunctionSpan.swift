/// Where a function's declaration starts and its body ends, as lines counted from 0.
struct FunctionSpan {
    let name: String
    let first: Int
    let last: Int

    var lineCount: Int { last - first + 1 }

    /// Every `func`, `init`, `deinit` and `subscript` with a body, nested ones too.
    static func all(in source: SourceText) -> [FunctionSpan] {
        source.code.indices.compactMap { line in
            name(declaredOn: source.code[line]).flatMap { name in
                lastLine(ofBodyAfter: line, in: source.code).map { FunctionSpan(name: name, first: line, last: $0) }
            }
        }
    }

    private static func name(declaredOn line: String) -> String? {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }.map(String.init)
        if let place = words.firstIndex(of: "func"), place + 1 < words.count { return words[place + 1] }
        let start = words.first { !modifiers.contains($0) }
        return start.flatMap { ["init", "deinit", "subscript"].contains($0) ? $0 : nil }
    }

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "convenience", "required", "override", "static",
        "borrowing", "mutating", "nonisolated", "inlinable", "usableFromInline", "inline", "always", "never",
    ]

    /// The line of the brace that closes the body, or nil for a requirement of a protocol.
    private static func lastLine(ofBodyAfter first: Int, in code: [String]) -> Int? {
        var parentheses = 0
        var braces = 0
        for line in first..<code.count {
            if line > first, parentheses == 0, braces == 0, beginsDeclaration(code[line]) { return nil }
            for character in code[line] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where parentheses == 0 || braces > 0: braces += 1
                case "}" where braces > 0:
                    braces -= 1
                    if braces == 0 { return line }
                case "}" where parentheses == 0: return nil
                default: break
                }
            }
        }
        return nil
    }

    private static func beginsDeclaration(_ line: String) -> Bool {
        let first = line.drop(while: \.isWhitespace).prefix { $0.isLetter || $0 == "@" || $0 == "#" }
        return !["", "throws", "where", "async", "rethrows", "some", "any"].contains(first)
    }
}
