extension Rule {
    static let purity: [Rule] = [pureModulesArePure, onlyProgramsSpeak]

    /// Modules in which starting state and events are everything: no clock, no dice, no thread.
    static let pureModules: Set<String> = ["Values", "Backfill", "Simulation"]
    static let programs: Set<String> = [
        "gapless", "gapless-bench", "gapless-rehearse", "gapless-simulate", "gapless-chaos", "gapless-mutants",
        "example-address-book", "example-event-log",
    ]

    private static let pureModulesArePure = onLines(
        "a pure module knows no clock, no dice and no thread",
        advice: "Take the time, the generator or the identifier as an input.",
        bad: [
            (
                [Sample("Sources/Backfill/A.swift", "let a = Date()\nlet b = Int.random(in: 0..<9)\nTask { f() }\n")],
                (1...3).map { "Sources/Backfill/A.swift:\($0)" }
            ),
            (
                [
                    Sample(
                        "Sources/Values/A.swift",
                        "let a = ContinuousClock.now\nlet b = list.shuffled()\nlet c = x.hashValue\n")
                ],
                (1...3).map { "Sources/Values/A.swift:\($0)" }
            ),
        ],
        good: [
            Sample(
                "Sources/Backfill/A.swift",
                "let a = Int.random(in: 0..<9, using: &dice)\n// A Date().\nstruct Dice: RandomNumberGenerator {\n"
            ),
            Sample("Sources/Coordinator/A.swift", "let now = ContinuousClock.now\n"),
        ],
        applies: { $0.isSwift && pureModules.contains($0.module ?? "") },
        breaks: { file, line in
            let code = file.source.code[line]
            return outsideWorld.matches(code) || dice.matches(code) && !code.contains("using:")
        }
    )
    private static let outsideWorld = Pattern(
        #"\b(Date|UUID|Task|Hasher|Thread|Mutex|Atomic|SystemRandomNumberGenerator|(Continuous|Suspending)Clock)"#
            + #"\s*[(.{<]|\.hashValue\b"#,
        with: "Date", "UUID", "Task", "Hash", "hash", "Thread", "Mutex", "Atomic", "SystemRandom", "Clock")
    private static let dice = Pattern(#"\.(random|shuffled|shuffle|randomElement)\("#, with: "random", "shuffle")

    private static let onlyProgramsSpeak = onLines(
        "only programs print, exit and read the environment",
        advice: "Return the text, throw the error, take the setting as an argument.",
        bad: [
            (
                [Sample("Sources/Tables/A.swift", "print(name)\nexit(1)\nlet home = getenv(\"HOME\")\n")],
                (1...3).map { "Sources/Tables/A.swift:\($0)" }
            )
        ],
        good: [
            Sample("Sources/gapless/A.swift", "print(name)\n"),
            Sample("Sources/Tables/A.swift", "pretty.print(name)\nprint()\nfootprint(a)\n"),
        ],
        applies: { $0.isSwift && !programs.contains($0.module ?? "") && $0.module != nil && !$0.isGenerated },
        breaks: { file, line in speaks.matches(file.source.code[line].replacing("func print(", with: "")) }
    )
    private static let speaks = Pattern(
        #"(^|[^.\w])(print|debugPrint|exit|getenv)\([^)]"#, with: "print(", "Print(", "exit(", "getenv(")
}
