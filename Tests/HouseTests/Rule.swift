import Testing

/// One rule of the house: how it is checked, what to do about a breach, and samples on which the check itself is tried.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    /// What to do about a breach, in one sentence.
    let advice: String
    /// Small repositories that break the rule, each with the places that the check must name, as `path:line`.
    let bad: [(samples: [Sample], places: [String])]
    /// A small repository that keeps the rule although it looks a little like a breach.
    let good: [Sample]
    let check: @Sendable (Repository) -> [Breach]

    var testDescription: String { name }

    /// A rule on each line of code of the files that `applies` picks.
    static func onLines(
        _ name: String, advice: String, bad: [(samples: [Sample], places: [String])], good: [Sample],
        applies: @escaping @Sendable (RepositoryFile) -> Bool,
        breaks: @escaping @Sendable (RepositoryFile, _ line: Int) -> Bool
    ) -> Rule {
        Rule(name: name, advice: advice, bad: bad, good: good) { repository in
            repository.files.filter(applies).flatMap { file in
                file.source.lines.indices.filter { breaks(file, $0) }.map { Breach(file, line: $0) }
            }
        }
    }
}

/// A place where a rule is broken.
struct Breach: CustomStringConvertible {
    let place: String
    let text: String

    init(_ file: RepositoryFile, line: Int, _ text: String? = nil) {
        place = "\(file.path):\(line + 1)"
        self.text = text ?? file.source.lines[line].trimmingPrefix { $0.isWhitespace }.description
    }

    init(place: String, _ text: String) {
        self.place = place
        self.text = text
    }

    var description: String { "\(place): \(text)" }
}

/// A regular expression over one line, asked for only where a plain word of it stands.
struct Pattern: @unchecked Sendable {
    // `Regex` is a value that is only read after it was made; the library has not marked it.
    private let regex: Regex<AnyRegexOutput>
    private let words: [String]

    /// Traps on a malformed pattern: it is a literal of this test.
    init(_ pattern: String, with words: String...) {
        do {
            regex = try Regex(pattern)
        } catch {
            fatalError("malformed pattern \(pattern): \(error)")
        }
        self.words = words
    }

    func matches(_ line: String) -> Bool {
        (words.isEmpty || words.contains { line.contains($0) }) && line.firstMatch(of: regex) != nil
    }
}
