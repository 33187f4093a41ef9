// Goal: the program that runs mutants reads, applies and judges them as its page says. Method: samples; no build.
import FoundationEssentials
import Supervision
import Testing

@testable import gapless_mutants

// One after the other: a command's end is the end of all that was started here.
@Suite("Mutants", .serialized)
struct MutantTests {
    private static let definition = """
        # Of the runs

        ## forget-the-check
        The check is gone,
        whatever it was.
        - gaps: S1, P7
        - file: Sources/Runs/A.swift
        - killers: RunsTests|A.B
        - hang: is death
        ```swift
        if isBad {
            throw Bad()
        }
        ```
        ```swift
        if isBad, !MUTATED {
            throw Bad()
        }
        ```

        ## shrug
        Nothing is counted.
        - gaps: O2
        - file: Sources/Runs/A.swift
        - killers: RunsTests
        ```swift
        count += 1
        ```
        ```swift
        if !MUTATED { count += 1 }
        ```
        """
    private static let source = "if isBad {\n    throw Bad()\n}\ncount += 1\n"

    private static func mutants() throws -> [Mutant] {
        try MutantParser.mutants(in: definition, path: "Tests/Mutants/Runs.md")
    }

    @Test("a definition is read with its name, sentence, fields and blocks")
    func parsing() throws {
        let mutants = try Self.mutants()
        try #require(mutants.map(\.name) == ["forget-the-check", "shrug"])
        let first = mutants[0]
        #expect(first.summary == "The check is gone, whatever it was.")
        #expect(first.gaps == ["S1", "P7"] && first.killers == "RunsTests|A.B" && first.hangIsDeath)
        #expect(first.edits.map(\.original) == ["if isBad {\n    throw Bad()\n}"])
        #expect(first.place == "Tests/Mutants/Runs.md:3" && first.module == "Runs")
        #expect(!mutants[1].hangIsDeath)
    }

    @Test(
        "what is no definition is refused at its line",
        arguments: [
            ("## a b\nIt.\n", 1), ("## a\n- gaps: S1\n- speed: 7\n", 3), ("## a\nIt.\n- gaps: S1\n```swift\nx\n", 5),
            ("## a\nIt.\n- gaps: S1\n- file: A.swift\n- killers: B\n```swift\nx\n```\n", 1), ("\n## a\nIt.\n", 2),
            ("## a\nIt.\n- gaps: S1\n- file: Sources/A/B.swift\n- killers: B\n```swift\nx\n```\n```swift\ny\n```\n", 1),
        ])
    func malformed(text: String, line: Int) {
        let flaw = #expect(throws: MutantParser.Flaw.self) { try MutantParser.mutants(in: text, path: "M.md") }
        #expect(flaw?.place == "M.md:\(line)" || (flaw?.place.hasPrefix("M.md:") == true && line == 5))
    }

    @Test("all mutants of a file stand in it side by side, each behind its own switch")
    func applying() throws {
        let text = try Mutation.apply(Self.mutants(), to: Self.source)
        #expect(
            text
                == "if isBad, !isMutant_forget_the_check {\n    throw Bad()\n}\nif !isMutant_shrug { count += 1 }\n")
        #expect(Mutation.switches(for: try Self.mutants()).contains("let isMutant_shrug = isActive(\"shrug\")\n"))
    }

    @Test("mutants that do not fit their file are refused by name")
    func misfits() throws {
        var mutants = try Self.mutants()
        let shrug = mutants[1]
        #expect(throws: Mutation.Misfit.missing(shrug, shrug.edits[0])) {
            try Mutation.apply([shrug], to: "count += 2\n")
        }
        #expect(throws: Mutation.Misfit.ambiguous(shrug, shrug.edits[0], count: 2)) {
            try Mutation.apply([shrug], to: "count += 1\ncount += 1\n")
        }
        mutants[1].name = "shrug-again"
        #expect(throws: Mutation.Misfit.self) { try Mutation.apply([shrug, mutants[1]], to: Self.source) }
        // What both only quote is no overlap.
        mutants[1].edits = [Mutant.Edit(original: "}\ncount += 1", replacement: "}\ncount += MUTATED ? 2 : 1")]
        #expect(try Mutation.apply([mutants[0], mutants[1]], to: Self.source).contains("isMutant_shrug_again ? 2 : 1"))
    }

    private static func events(_ lines: String...) -> EventLog {
        let tests = ["a", "b"].map {
            #"{"kind":"test","payload":{"kind":"function","id":"T.\#($0)","displayName":"S1: \#($0)"}}"#
        }
        return EventLog(Data((tests + lines).joined(separator: "\n").utf8))
    }

    private static func event(_ kind: String, _ test: String, _ more: String = "") -> String {
        #"{"kind":"event","payload":{"kind":"\#(kind)","testID":"T.\#(test)"\#(more)}}"#
    }

    @Test("the log of a run tells which tests failed and which never ended")
    func eventLog() {
        let log = Self.events(
            Self.event("testStarted", "a"), Self.event("testStarted", "b"),
            Self.event("issueRecorded", "a", #","issue":{"isKnown":true}"#), Self.event("issueRecorded", "b"),
            Self.event("issueRecorded", "b"), Self.event("testEnded", "b"), #"{"kind":"event","pay"#)
        #expect(log.started == ["S1: a", "S1: b"])
        #expect(log.failed == ["S1: b"])
        #expect(log.unended == ["S1: a"])
    }

    @Test("only a test that fails where the mutant's code ran kills it")
    func verdicts() throws {
        let mutants = try Self.mutants()
        func verdict(_ exit: ChildExit?, _ events: EventLog, isReached: Bool = true, of mutant: Int = 1) -> Verdict {
            Verdict(
                TestRun.Outcome(exit: exit, events: events, isReached: isReached, seconds: 1, log: "log"),
                of: mutants[mutant])
        }
        let failed = Self.events(Self.event("testStarted", "a"), Self.event("issueRecorded", "a"))
        let passed = Self.events(Self.event("testStarted", "a"), Self.event("testEnded", "a"))
        let crashed = Self.events(Self.event("testStarted", "a"))
        #expect(verdict(.code(1), failed) == .killed(by: "S1: a", others: 0))
        #expect(!verdict(.code(1), failed, isReached: false).isDeath)
        #expect(verdict(.code(0), passed) == .survived(isReached: true))
        #expect(verdict(.code(0), passed, isReached: false) == .survived(isReached: false))
        #expect(verdict(.code(1), crashed) == .crashed(in: "S1: a"))
        #expect(!verdict(.code(1), passed).isDeath)
        #expect(!verdict(.code(0), Self.events()).isDeath)
        #expect(verdict(nil, crashed, of: 0) == .hung(in: "S1: a"))
        #expect(!verdict(nil, crashed, of: 1).isDeath)
    }

    @Test(
        "what a command started is gone when its time is over, in groups and with variables of its own as well",
        .timeLimit(.minutes(1)))
    func leftovers() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gapless-mutants-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        for name in ["grouped", "marked", "bare"] {
            try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: folder.appending(path: name).path)
        }
        try Leftovers.claim(folder.path)
        // The last two leave the group; the last one keeps nothing of the variables either.
        let script = "./grouped 600 & setsid ./marked 600 & env -i setsid ./bare 600 & while :; do sleep 600; done"
        let exit = try Command(["sh", "-c", script], in: folder.path)
            .run(log: folder.appending(path: "log").path, timeout: .seconds(2))
        #expect(exit == nil)
        let programs = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int32($0) != nil }
            .map { URL(filePath: "/proc/\($0)/exe").resolvingSymlinksInPath().path }
        #expect(!programs.contains { $0.contains(folder.lastPathComponent) })
        #expect(try Data(contentsOf: folder.appending(path: "log")).isEmpty, "all three were started")
    }

    @Test("a run whose end does not matter any more is ended soon", .timeLimit(.minutes(1)))
    func decided() throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "gapless-mutants-\(UUID().uuidString)").path
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: log) } }
        var looks = 0
        let exit = try Command(["sleep", "600"], in: "/").run(log: log) {
            looks += 1
            return looks == 3
        }
        #expect(exit == nil && looks == 3)
        let quick = try Command(["sh", "-c", "exit 7"], in: "/").run(log: log) { true }
        #expect(quick == .code(7))
    }

    @Test("the table has a row for each mutant and says how many were not killed")
    func report() throws {
        let mutants = try Self.mutants()
        let rows = zip(mutants, [Verdict.killed(by: "S1: a", others: 2), .survived(isReached: false)]).map {
            Report.Row(mutant: $0, verdict: $1, seconds: 2)
        }
        let report = Report(rows: rows)
        #expect(report.survivors.map(\.mutant.name) == ["shrug"])
        let lines = report.text.split(separator: "\n").map(String.init)
        #expect(lines[1] == "forget-the-check  S1 P7  S1: a (and 2 more)")
        #expect(lines.last == "2 mutants, 1 not killed, 4 s of tests")
        #expect(try report.json().contains(#""outcome" : "survived""#))
    }
}
