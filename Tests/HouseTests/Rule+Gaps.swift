extension Rule {
    static let gaps: [Rule] = [gapsAreTested]

    /// Every row of the catalogue of gaps.
    static let gapsKnown: Set<String> = Set(
        [("S", 9), ("P", 7), ("O", 7), ("W", 9), ("R", 7), ("E", 6), ("C", 4), ("L", 9)].flatMap { letter, count in
            (1...count).map { "\(letter)\($0)" }
        })

    /// Each row has a test that is named by its id, and a mutant that such tests must kill.
    static let testedGaps = gapsKnown.sorted()

    private static let gapsAreTested = Rule(
        name: "each gap of the catalogue has a test that is named by its id",
        advice: "Begin the display name of the test that covers it with the id, as in @Test(\"W5: ...\").",
        bad: [
            (
                [
                    Sample("Tests/RunsTests/A.swift", "@Test(\n    \"S1, S3: f\"\n)\nfunc f() {}\n"),
                    Sample("Tests/RunsTests/B.swift", "// @Test(\"S4: f\")\n@Test(\"f of P1: g\") func g() {}\n"),
                    Sample("Tests/RunsTests/C.swift", "@Test(\"P3: f\", .disabled(\"slow\"))\nfunc f() {}\n"),
                    Sample("Tests/HouseTests/D.swift", "@Test(\"P5: f\") func f() {}\n"),
                    Sample("Sources/Runs/E.swift", "@Test(\"P7: f\") func f() {}\n"),
                ],
                testedGaps.filter { !["S1", "S3"].contains($0) }.map(placeOfGap)
            )
        ],
        good: testedGaps.map { Sample("Tests/RunsTests/\($0).swift", "    @Test(\"\($0): f\")\n    func f() {}\n") }
    ) { repository in
        let tests = repository.swiftFiles.filter { $0.isTest && !$0.path.hasPrefix("Tests/HouseTests/") }
        let covered = Set(tests.flatMap { gapsNamed(in: $0.source) })
        return testedGaps.filter { !covered.contains($0) }
            .map { Breach(place: placeOfGap($0), "no test that runs is named by it") }
    }

    private static func placeOfGap(_ id: String) -> String { "Tests, \(id)" }

    /// The ids before the colon in the display names of a file's tests, but for those that are disabled.
    private static func gapsNamed(in source: SourceText) -> [String] {
        source.code.indices.filter { source.code[$0].contains("@Test(") }.flatMap { line -> [String] in
            let head = attribute(from: line, in: source)
            guard !head.code.contains(".disabled"), let start = head.text.firstRange(of: "@Test(")?.upperBound else {
                return []
            }
            let name = head.text[start...].drop(while: \.isWhitespace)
            guard name.first == "\"", let colon = name.firstIndex(of: ":") else { return [] }
            let ids = name[name.index(after: name.startIndex)..<colon].split(separator: ",").map {
                String($0.trimmingPrefix(while: \.isWhitespace))
            }
            return ids.allSatisfy(isGap) ? ids : []
        }
    }

    /// The lines from a `@Test` to its function, as written and as code alone.
    private static func attribute(from line: Int, in source: SourceText) -> (text: String, code: String) {
        let end = source.code[line...].firstIndex { $0.contains("func ") } ?? source.code.count - 1
        let code = source.code[line...end].joined(separator: "\n")
        return (source.lines[line...end].joined(separator: "\n"), code)
    }

    private static func isGap(_ id: String) -> Bool {
        id.count == 2 && id.first?.isUppercase == true && id.last?.isNumber == true
    }
}
