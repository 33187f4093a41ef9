extension Rule {
    static let errors: [Rule] = [
        noForcedTry, noForce, noEmptyCatch, optionalTryIsExplained, uncheckedSendableIsExplained,
    ]

    private static let noForcedTry = onLines(
        "no forced try, no forced cast",
        advice:
            "Handle the error where something can be done about it, else let it through; a bug traps with its state.",
        bad: [
            (
                [Sample("Sources/Runs/A.swift", "let a = try! read()\nlet b = a as! Int\n")],
                ["Sources/Runs/A.swift:1", "Sources/Runs/A.swift:2"]
            )
        ],
        good: [Sample("Sources/Runs/A.swift", "let a = try read()  // not try! read()\nlet text = \"try! as!\"\n")],
        applies: { $0.isSwift && !$0.isGenerated },
        breaks: { file, line in forcedTry.matches(file.source.code[line]) }
    )
    private static let forcedTry = Pattern(#"\b(try|as)!"#, with: "!")

    private static let noForce = onLines(
        "no forced unwrap, no implicitly unwrapped type",
        advice: "Unwrap with guard, or make the type say that the value is there.",
        bad: [
            (
                [Sample("Sources/Runs/A.swift", "var a: Int!\nlet b = list.first!\nlet c = table[1]!.name\nf(g()!)\n")],
                (1...4).map { "Sources/Runs/A.swift:\($0)" }
            )
        ],
        good: [Sample("Sources/Runs/A.swift", "if !a, b != c, d! == e { }".replacing("d! == e", with: "(!d) == e"))],
        applies: { $0.isSwift && !$0.isGenerated },
        breaks: { file, line in force.matches(file.source.code[line]) && !forcedTry.matches(file.source.code[line]) }
    )
    private static let force = Pattern(#"[\w\)\]\}"]!(?!=)"#, with: "!")

    private static let noEmptyCatch = Rule(
        name: "no empty catch",
        advice: "A lost error is the defect that this project exists against: let it through, or act on it.",
        bad: [
            (
                [Sample("Sources/Runs/A.swift", "do {\n    try f()\n} catch {\n    // never mind\n}\n")],
                ["Sources/Runs/A.swift:3"]
            ),
            (
                [Sample("Tests/RunsTests/A.swift", "do { try f() } catch let error { }\n")],
                ["Tests/RunsTests/A.swift:1"]
            ),
            ([Sample("Sources/Runs/B.swift", "do { try f() } catch is E {}\n")], ["Sources/Runs/B.swift:1"]),
        ],
        good: [Sample("Sources/Runs/A.swift", "do {\n    try f()\n} catch {\n    log(error)\n}\n")]
    ) { repository in
        repository.swiftFiles.flatMap { file in
            file.source.code.indices.filter { isEmptyCatch(on: $0, of: file.source.code) }.map {
                Breach(file, line: $0)
            }
        }
    }

    private static func isEmptyCatch(on line: Int, of code: [String]) -> Bool {
        guard code[line].contains("catch"), let match = code[line].firstRange(of: "catch") else { return false }
        let rest = ([String(code[line][match.upperBound...])] + code[(line + 1)...].prefix(20)).joined(separator: "\n")
        guard let brace = rest.firstIndex(of: "{") else { return false }
        return rest[rest.index(after: brace)...].first { !$0.isWhitespace } == "}"
    }

    private static let optionalTryIsExplained = onLines(
        "an error that is dropped with try? has its reason beside it",
        advice: "Say in a comment on this line or the one before why the error may be lost; else do not lose it.",
        bad: [([Sample("Sources/Runs/A.swift", "let a = 1\n\nlet b = try? f()\n")], ["Sources/Runs/A.swift:3"])],
        good: [
            Sample(
                "Sources/Runs/A.swift",
                "// The file may be gone: that is what is wanted.\ntry? f()\ntry? g()  // same\nlet c: Entry? = nil\n")
        ],
        applies: { $0.isSwift && !$0.isGenerated },
        breaks: { file, line in optionalTry.matches(file.source.code[line]) && !file.source.isExplained(line: line) }
    )

    private static let optionalTry = Pattern(#"\btry\?"#, with: "try?")

    private static let uncheckedSendableIsExplained = onLines(
        "an unchecked Sendable says which thread or lock makes it true",
        advice: "Say it in a comment on this line, the one before or the one after.",
        bad: [
            ([Sample("Sources/Runs/A.swift", "final class A: @unchecked Sendable {\n}\n")], ["Sources/Runs/A.swift:1"])
        ],
        good: [
            Sample(
                "Sources/Runs/A.swift", "/// Guarded by its mutex.\n@safe\nfinal class A: @unchecked Sendable {\n}\n")
        ],
        applies: { $0.isSwift && !$0.isGenerated },
        breaks: { file, line in
            guard file.source.code[line].contains("@unchecked Sendable") else { return false }
            // Attributes may stand between the comment and the declaration.
            var first = line
            while first > 0, file.source.code[first - 1].trimmingPrefix(while: \.isWhitespace).hasPrefix("@") {
                first -= 1
            }
            return !file.source.isExplained(line: first) && !file.source.holdsComment[line + 1]
        }
    )
}
