extension Rule {
    static let fileLinesMax = 400
    static let functionLinesMax = 60
    static let lineCharactersMax = 120
    static let readmeLinesMax = 150

    /// Files and functions that are longer than the house allows, with their length.
    ///
    /// The lists may only shrink.
    static let longFiles: [String: Int] = [:]
    static let longFunctions: [String: Int] = [:]

    static let sizes: [Rule] = [
        fileLength(allowed: longFiles), functionLength(allowed: longFunctions), lineLength, noTabs, readmeIsShort,
    ]

    private static let long = String(repeating: "let a = 1\n", count: fileLinesMax + 1)

    static func fileLength(allowed: [String: Int]) -> Rule {
        Rule(
            name: "a file has at most \(fileLinesMax) lines",
            advice: "Split it by its nouns; a name on the list of exceptions goes as soon as it is not needed.",
            bad: [([Sample("Sources/Runs/A.swift", long)], ["Sources/Runs/A.swift:401"])],
            good: [Sample("Sources/Runs/A.swift", "let a = 1\n"), Sample("Sources/Wire/Generated/a.pb.swift", long)]
        ) { repository in
            let lengths = repository.swiftFiles.map {
                (name: $0.path, count: $0.source.lines.count, line: fileLinesMax)
            }
            return breaches(
                lengths.map { ($0.name, $0.name, $0.count, $0.line) }, limit: fileLinesMax, allowed: allowed)
        }
    }

    static func functionLength(allowed: [String: Int]) -> Rule {
        let body = String(repeating: "        f()\n", count: functionLinesMax)
        return Rule(
            name: "a function has at most \(functionLinesMax) lines",
            advice: "Name its parts; a name on the list of exceptions goes as soon as it is not needed.",
            bad: [
                (
                    [
                        Sample(
                            "Sources/Runs/A.swift",
                            "struct A {\n    func long(\n        a: Int\n    ) {\n\(body)    }\n}\n")
                    ],
                    ["Sources/Runs/A.swift:2"]
                ),
                (
                    [Sample("Sources/Runs/B.swift", "struct B {\n    init() {\n\(body)    }\n}\n")],
                    ["Sources/Runs/B.swift:2"]
                ),
            ],
            good: [
                Sample(
                    "Sources/Runs/A.swift", "protocol A {\n    func a()\n    func b() -> Int\n}\nlet c = {\n\(body)}\n")
            ]
        ) { repository in
            let spans = repository.swiftFiles.flatMap { file in
                FunctionSpan.all(in: file.source).map {
                    (name: "\(file.path) \($0.name)", path: file.path, count: $0.lineCount, line: $0.first)
                }
            }
            return breaches(
                spans.map { ($0.name, $0.path, $0.count, $0.line) }, limit: functionLinesMax, allowed: allowed)
        }
    }

    /// The ratchet: longer than allowed is a breach, and so is an allowance that is greater than what is there.
    private static func breaches(
        _ lengths: [(name: String, path: String, count: Int, line: Int)], limit: Int, allowed: [String: Int]
    ) -> [Breach] {
        let tooLong = lengths.filter { $0.count > allowed[$0.name] ?? limit }
            .map { Breach(place: "\($0.path):\($0.line + 1)", "\($0.name): \($0.count) lines, \(limit) allowed") }
        let longest = Dictionary(lengths.map { ($0.name, $0.count) }, uniquingKeysWith: max)
        let stale = allowed.sorted { $0.key < $1.key }.compactMap { name, count -> Breach? in
            let now = longest[name] ?? 0
            guard now < count else { return nil }
            return Breach(
                place: name, "is on the list with \(count) lines and has \(now): \(now > limit ? "lower" : "drop") it")
        }
        return tooLong + stale
    }

    private static let lineLength = onLines(
        "a line has at most \(lineCharactersMax) characters",
        advice: "Break it.",
        bad: [
            (
                [Sample("Sources/Runs/A.swift", "// " + String(repeating: "a", count: 118) + "\n")],
                ["Sources/Runs/A.swift:1"]
            )
        ],
        good: [
            Sample("scripts/test", String(repeating: "\u{e9}", count: 120) + "\n"),
            Sample("Sources/Runs/A.swift", "/// | " + String(repeating: "a", count: 118) + " |\n"),
        ],
        applies: { isWritten($0) && !$0.isGenerated },
        breaks: { file, line in
            let text = file.source.lines[line]
            // The row of a table in a comment cannot be broken.
            return text.utf8.count > lineCharactersMax && text.count > lineCharactersMax && !isTableRow(text)
        }
    )

    private static func isTableRow(_ line: String) -> Bool {
        line.trimmingPrefix(while: \.isWhitespace).hasPrefix("/// |")
    }

    private static let readmeIsShort = Rule(
        name: "the README has less than \(readmeLinesMax) lines",
        advice: "Move what is long to the documentation beside the modules.",
        bad: [([Sample("README.md", String(repeating: "a\n", count: readmeLinesMax))], ["README.md:150"])],
        good: [Sample("README.md", String(repeating: "a\n", count: readmeLinesMax - 1))]
    ) { repository in
        repository.files.filter { $0.path == "README.md" && $0.source.lines.count >= readmeLinesMax }
            .map { Breach(place: "\($0.path):\(readmeLinesMax)", "\($0.source.lines.count) lines") }
    }

    private static let noTabs = onLines(
        "no tabs and no spaces at the ends of lines",
        advice: "Indent with four spaces; `swift format` does it.",
        bad: [
            (
                [Sample("Sources/Runs/A.swift", "\tlet a = 1\nlet b = 2 \n")],
                ["Sources/Runs/A.swift:1", "Sources/Runs/A.swift:2"]
            )
        ],
        good: [Sample("Sources/Runs/A.swift", "    let a = 1\n")],
        applies: { isWritten($0) && !$0.isGenerated },
        breaks: { file, line in
            file.source.lines[line].utf8.contains(UInt8(ascii: "\t")) || file.source.lines[line].last == " "
        }
    )

    private static func isWritten(_ file: RepositoryFile) -> Bool {
        let endings = [".swift", ".h", ".c", ".cpp", ".hpp", ".proto"]
        return endings.contains { file.path.hasSuffix($0) } || file.path.hasPrefix("scripts/")
    }
}
