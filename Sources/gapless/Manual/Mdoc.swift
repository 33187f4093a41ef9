/// A page in the language of manual pages, mdoc(7), line by line.
struct Mdoc {
    private(set) var text = ""

    /// A line of a macro whose arguments are words as they are: macros among them, flags, names.
    mutating func macro(_ line: String) { text += ".\(line)\n" }

    /// Text, each sentence on a line of its own, which is how spaces after sentences come out right.
    mutating func sentences(_ words: some StringProtocol) {
        var rest = words[...]
        while let end = rest.indices.first(where: { Self.isEndOfSentence($0, in: rest) }) {
            line(rest[...end])
            rest = rest[rest.index(end, offsetBy: 2)...]
        }
        line(rest)
    }

    /// A period, a space, and something that begins a sentence.
    private static func isEndOfSentence<Text: StringProtocol>(_ place: Text.Index, in text: Text) -> Bool {
        let next = text[place...].dropFirst().prefix(2)
        return text[place] == "." && next.first == " " && next.count == 2 && next.last?.isLowercase == false
    }

    /// A line as it is, but for what would be taken for a command.
    mutating func line(_ words: some StringProtocol) {
        let escaped = Self.escaped(words)
        let isTakenForMacro = escaped.hasPrefix(".") || escaped.hasPrefix("'")
        text += (isTakenForMacro ? "\\&" : "") + escaped + "\n"
    }

    /// Paragraphs as the help has them: a blank line parts them, indented lines stay as they are.
    mutating func prose(_ prose: some StringProtocol) {
        var isLiteral = false
        var isParted = false
        for line in prose.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy({ $0 == " " }) {
                isParted = !text.hasSuffix(".Ed\n")
                continue
            }
            if line.hasPrefix(" ") != isLiteral {
                macro(isLiteral ? "Ed" : "Bd -literal -offset indent")
                isLiteral.toggle()
                isParted = false
            }
            if isParted { text += isLiteral ? "\n" : ".Pp\n" }
            isParted = false
            if isLiteral { self.line(line.drop { $0 == " " }) } else { sentences(line) }
        }
        if isLiteral { macro("Ed") }
    }

    /// Text that stands for itself: no backslash is a command, and a hyphen of a flag is one that can be copied.
    static func escaped(_ words: some StringProtocol) -> String {
        String(words).replacing("\\", with: "\\e").replacing("--", with: "\\-\\-").replacing(" -", with: " \\-")
    }

    /// Words for the arguments of a macro, none of which is taken for a macro.
    static func argument(_ words: some StringProtocol) -> String {
        escaped(words).replacing("\"", with: "\\(dq").split(separator: " ").map { word in
            let isLikeMacro = (2...3).contains(word.count) && word.first?.isUppercase == true
            return isLikeMacro ? "\\&\(word)" : String(word)
        }.joined(separator: " ")
    }
}
