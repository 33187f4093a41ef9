/// The code on a page of Markdown: blocks by their kind, and spans.
struct Page {
    /// Lines of shell, with their numbers: those of blocks marked `sh`, and spans that begin with a command.
    private(set) var shell: [(number: Int, code: String)] = []
    /// Lines of blocks marked `text`: what the program says.
    private(set) var said: [(number: Int, text: String)] = []

    init(_ text: String) {
        var block: Substring?
        var continued = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.drop { $0 == " " }
            if trimmed.hasPrefix("```") {
                block = block == nil ? trimmed.dropFirst(3) : nil
            } else if block == "sh" {
                continued += trimmed.hasPrefix("$ ") ? trimmed.dropFirst(2) : trimmed
                if continued.hasSuffix("\\") {
                    continued.removeLast()
                } else {
                    shell.append((index + 1, continued))
                    continued = ""
                }
            } else if block == "text" {
                if !trimmed.isEmpty { said.append((index + 1, String(trimmed))) }
            } else if block == nil {
                shell += Page.spans(of: line).filter { $0.hasPrefix("gapless ") }.map { (index + 1, $0) }
            }
        }
    }

    private static func spans(of line: Substring) -> [String] {
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 && $0 < parts.count - 1 }.map { String(parts[$0]) }
    }
}
