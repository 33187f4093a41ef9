@testable import gapless_mutants

extension Rule {
    static let mutants: [Rule] = [mutantsFit, mutantsAreUnique, mutantsNameTests, mutantsCoverGaps]

    private static let mutantsFolder = "Tests/Mutants/"

    private static let mutantsFit = Rule(
        name: "every mutant can be read, and what it changes stands exactly once in its file",
        advice: "Write it again after the code as it is now; where its protection is gone, say why and remove it.",
        bad: [
            ([Sample("Tests/Mutants/Runs.md", "## a\n- gaps: S1\n")], ["Tests/Mutants/Runs.md:1"]),
            ([Sample("Tests/Mutants/Runs.md", mutant("a")), runs("let b = 2\n")], ["Tests/Mutants/Runs.md:1"]),
            ([Sample("Tests/Mutants/Runs.md", mutant("a")), runs("let a\nlet a\n")], ["Tests/Mutants/Runs.md:1"]),
            ([Sample("Tests/Mutants/Runs.md", mutant("a"))], ["Tests/Mutants/Runs.md:1"]),
            (
                [Sample("Tests/Mutants/Runs.md", mutant("a") + mutant("b")), runs("let a = 1\n")],
                ["Tests/Mutants/Runs.md:12"]
            ),
        ],
        good: [Sample("Tests/Mutants/Runs.md", mutant("a")), runs("let a = 1\n")]
    ) { repository in
        let (all, flaws) = definitions(in: repository)
        return flaws
            + Dictionary(grouping: all, by: \.file).sorted { $0.key < $1.key }.compactMap { path, mutants in
                guard let file = repository.files.first(where: { $0.path == path }) else {
                    return Breach(place: mutants[0].place, "there is no file \(path)")
                }
                do {
                    _ = try Mutation.apply(mutants, to: file.source.lines.joined(separator: "\n"))
                    return nil
                } catch let misfit as Mutation.Misfit {
                    return Breach(place: misfit.mutant.place, "\(misfit)")
                } catch {
                    return Breach(place: mutants[0].place, "\(error)")
                }
            }
    }

    private static let mutantsAreUnique = Rule(
        name: "no two mutants have one name",
        advice: "Name each by what happens without the protection.",
        bad: [
            (
                [Sample("Tests/Mutants/Runs.md", mutant("a")), Sample("Tests/Mutants/Wire.md", mutant("a"))],
                ["Tests/Mutants/Wire.md:1"]
            )
        ],
        good: [Sample("Tests/Mutants/Runs.md", mutant("a") + mutant("b"))]
    ) { repository in
        var names: Set<String> = []
        return definitions(in: repository).mutants.filter { !names.insert($0.name).inserted }
            .map { Breach(place: $0.place, "\($0.name) is there already") }
    }

    private static let mutantsNameTests = Rule(
        name: "the tests that should kill a mutant exist, and its gaps are in the catalogue",
        advice: "Name test targets, suites or functions as `swift test --filter` takes them: A.B|C; gaps as S1, P7.",
        bad: [
            ([Sample("Tests/Mutants/Runs.md", mutant("a", killers: "NoTests"))], ["Tests/Mutants/Runs.md:1"]),
            (
                [
                    Sample("Tests/Mutants/Runs.md", mutant("a", killers: "RunsTests.AB|RunsTests.B")),
                    Sample("Tests/RunsTests/A.swift", "@Suite struct AB {}\n"),
                ],
                ["Tests/Mutants/Runs.md:1"]
            ),
            (
                [Sample("Tests/Mutants/Runs.md", mutant("a", gaps: "S99")), Sample("Tests/RunsTests/A.swift", "\n")],
                ["Tests/Mutants/Runs.md:1"]
            ),
        ],
        good: [
            Sample("Tests/Mutants/Runs.md", mutant("a", killers: "RunsTests.A|RunsTests")),
            Sample("Tests/RunsTests/A.swift", "@Suite struct A {}\n"),
        ]
    ) { repository in
        let words = namesOfTests(in: repository)
        return definitions(in: repository).mutants.flatMap { mutant in
            mutant.killers.split { "|./".contains($0) }.filter { !words.contains($0) }
                .map { Breach(place: mutant.place, "no test, suite or target is named \($0)") }
                + mutant.gaps.filter { !gapsKnown.contains($0) }
                .map { Breach(place: mutant.place, "the catalogue of gaps has no \($0)") }
        }
    }

    private static let mutantsCoverGaps = Rule(
        name: "each gap of the catalogue has a mutant",
        advice: "Add one to Tests/Mutants and see a test kill it: scripts/mutants --only NAME.",
        bad: [
            (
                [
                    Sample(
                        "Tests/Mutants/Runs.md", mutant("a", gaps: testedGaps.dropFirst().joined(separator: ", ")))
                ],
                ["Tests/Mutants, \(testedGaps[0])"]
            )
        ],
        good: [Sample("Tests/Mutants/Runs.md", mutant("a", gaps: testedGaps.joined(separator: ", ")))]
    ) { repository in
        let covered = Set(definitions(in: repository).mutants.flatMap(\.gaps))
        return testedGaps.filter { !covered.contains($0) }
            .map { Breach(place: "Tests/Mutants, \($0)", "no mutant takes a protection against it out") }
    }

    private static func definitions(in repository: Repository) -> (mutants: [Mutant], flaws: [Breach]) {
        var mutants: [Mutant] = []
        var flaws: [Breach] = []
        for file in repository.files where file.path.hasPrefix(mutantsFolder) && file.path.hasSuffix(".md") {
            do {
                mutants += try MutantParser.mutants(
                    in: file.source.lines.joined(separator: "\n"), path: file.path)
            } catch let flaw as MutantParser.Flaw {
                flaws.append(Breach(place: flaw.place, flaw.reason))
            } catch {
                flaws.append(Breach(place: file.path, "\(error)"))
            }
        }
        return (mutants, flaws)
    }

    /// The folders of tests, and every type and function in them.
    private static func namesOfTests(in repository: Repository) -> Set<Substring> {
        var names: Set<Substring> = []
        for file in repository.swiftFiles where file.isTest && !file.path.hasPrefix("Tests/HouseTests/") {
            names.insert(file.path.split(separator: "/")[1])
            for line in file.source.code {
                let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
                for (word, next) in zip(words, words.dropFirst()) where ["struct", "class", "func"].contains(word) {
                    names.insert(next)
                }
            }
        }
        return names
    }

    private static func mutant(_ name: String, gaps: String = "S1", killers: String = "RunsTests") -> String {
        """
        ## \(name)
        It is gone.
        - gaps: \(gaps)
        - file: Sources/Runs/A.swift
        - killers: \(killers)
        ```swift
        let a
        ```
        ```swift
        let \(Mutant.token)
        ```

        """
    }

    private static func runs(_ text: String) -> Sample { Sample("Sources/Runs/A.swift", text) }
}
