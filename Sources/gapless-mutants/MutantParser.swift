/// Reads mutants from a Markdown file: a heading each, a sentence, a few fields, then pairs of code blocks.
struct MutantParser {
    /// What is wrong with a definition, and where.
    struct Flaw: Error, Hashable, CustomStringConvertible {
        var place: String
        var reason: String
        var description: String { "\(place): \(reason)" }
    }

    private let path: String
    private var mutants: [Mutant] = []
    private var current: Mutant?
    private var blocks: [String] = []
    private var block: [Substring]?

    private init(path: String) { self.path = path }

    /// Every mutant of a file, in order; throws ``Flaw``.
    static func mutants(in text: String, path: String) throws -> [Mutant] {
        var parser = MutantParser(path: path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() { try parser.read(line, place: "\(path):\(number + 1)") }
        try parser.close(place: "\(path):\(lines.count)")
        return parser.mutants
    }

    private mutating func read(_ line: Substring, place: String) throws {
        if var lines = block {
            if line == "```" {
                blocks.append(lines.joined(separator: "\n"))
                block = nil
            } else {
                lines.append(line)
                block = lines
            }
        } else if line.hasPrefix("## ") {
            try close(place: place)
            current = Mutant(
                name: String(line.dropFirst(3)), summary: "", gaps: [], file: "", killers: "", edits: [], place: place)
        } else if line == "```swift" {
            block = []
        } else if line.hasPrefix("- ") {
            try field(line.dropFirst(2), place: place)
        } else if !line.isEmpty, let summary = current?.summary {
            current?.summary = summary.isEmpty ? String(line) : "\(summary) \(line)"
        }
    }

    private mutating func field(_ text: Substring, place: String) throws {
        guard let colon = text.firstIndex(of: ":") else { throw Flaw(place: place, reason: "a field is NAME: VALUE") }
        let value = String(text[text.index(after: colon)...].drop { $0 == " " })
        switch text[..<colon] {
        case "gaps": current?.gaps = value.split { $0 == "," || $0 == " " }.map(String.init)
        case "file": current?.file = value
        case "killers": current?.killers = value
        case "hang":
            guard value == "is death" else { throw Flaw(place: place, reason: "write \"- hang: is death\" or nothing") }
            current?.hangIsDeath = true
        case let name: throw Flaw(place: place, reason: "no field is named \(name): gaps, file, killers, hang")
        }
    }

    /// Checks and keeps the mutant that was read.
    private mutating func close(place: String) throws {
        guard block == nil else { throw Flaw(place: place, reason: "a code block is not closed") }
        guard var mutant = current else { return }
        for start in stride(from: 0, to: blocks.count - 1, by: 2) {
            mutant.edits.append(Mutant.Edit(original: blocks[start], replacement: blocks[start + 1]))
        }
        if let reason = Self.reason(against: mutant, blocks) { throw Flaw(place: mutant.place, reason: reason) }
        mutants.append(mutant)
        current = nil
        blocks = []
    }

    private static func reason(against mutant: Mutant, _ blocks: [String]) -> String? {
        let letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
        if mutant.name.isEmpty || !mutant.name.allSatisfy(letters.contains) {
            return "a mutant is named by small letters, digits and hyphens"
        }
        if mutant.summary.isEmpty { return "say in a sentence what \(mutant.name) takes out" }
        if mutant.gaps.isEmpty { return "\(mutant.name) names no gap: write \"- gaps: P7\"" }
        if mutant.module.isEmpty { return "\(mutant.name) names no source file: write \"- file: Sources/...\"" }
        if mutant.killers.isEmpty { return "\(mutant.name) names no tests: write \"- killers: ProofTests\"" }
        if blocks.isEmpty || !blocks.count.isMultiple(of: 2) {
            return "\(mutant.name) needs pairs of code blocks: the original, then the replacement"
        }
        let uses = mutant.edits.contains { $0.replacement.contains(Mutant.token) }
        return uses ? nil : "no replacement of \(mutant.name) asks for \(Mutant.token)"
    }
}
