// gapless-mutants: takes protections out of a copy of the code, one at a time, and sees that the tests notice.
//
//   Mutant, MutantParser    what is taken out, as written in Tests/Mutants
//   Mutation, ScratchCopy   the copy of the code with every mutant in it, all asleep
//   TestRun, EventLog       the tests with one of them awake, and what they said
//   Verdict, Report         what that means
import ArgumentParser
import FoundationEssentials
import Glibc
import Supervision

/// The program `gapless-mutants`.
@main
struct GaplessMutants: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutants",
        abstract: "Takes protections out one at a time and sees that the tests notice; fails if one survives.",
        discussion: """
            Example:
              scripts/mutants --only forget-tombstones --work /tmp/mutants
            """)

    @Flag(help: "List the mutants and end.")
    var list = false

    @Option(help: "Run this mutant alone; may be given again.")
    var only: [String] = []

    @Option(help: "Keep the copy and its build in this folder, so that the next run is quicker.")
    var work: String?

    @Option(help: "Seconds that one run of tests may take.")
    var limit = 120

    @Flag(help: "Print JSON instead of the table.")
    var json = false

    @Flag(help: "Skip the run in which no mutant is awake and everything must pass.")
    var trustTests = false

    func run() throws {
        let repository = FileManager.default.currentDirectoryPath
        let all = try Definitions.mutants(in: repository)
        if list { return print(Definitions.list(all)) }
        let chosen = try choose(from: all)
        try Leftovers.endOnSignals()
        let folder = try work ?? Self.temporaryFolder()
        defer { if work == nil { Self.remove(folder) } }
        let report = try run(chosen, of: all, in: folder, repository: repository)
        print(json ? try report.json() : report.text)
        if !report.survivors.isEmpty { throw ExitCode(1) }
    }

    private func choose(from all: [Mutant]) throws -> [Mutant] {
        for name in only where !all.contains(where: { $0.name == name }) {
            throw ValidationError("no mutant is named \(name): see --list")
        }
        return only.isEmpty ? all : all.filter { only.contains($0.name) }
    }

    private func run(_ mutants: [Mutant], of all: [Mutant], in folder: String, repository: String) throws -> Report {
        let (copy, logs) = ("\(folder)/copy", "\(folder)/logs")
        for path in [copy, logs] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try Leftovers.claim(copy)
        Self.say("copying the sources to \(copy) and building them with \(all.count) mutants in them")
        try ScratchCopy(repository: repository, folder: copy).update(all)
        let build = Command(["swift", "build", "--build-tests"], in: copy)
        guard try build.run(log: "\(logs)/build.log") == .code(0) else {
            throw MutantsFailure("the copy does not build: see \(logs)/build.log (--work keeps it)")
        }
        let tests = TestRun(copy: copy, logs: logs, timeout: .seconds(limit))
        if !trustTests { try requireGreen(tests, mutants) }
        var report = Report()
        for mutant in mutants {
            let outcome = try tests.run(mutant, selection: ["--filter", mutant.killers])
            let verdict = Verdict(outcome, of: mutant)
            report.rows.append(Report.Row(mutant: mutant, verdict: verdict, seconds: outcome.seconds))
            Self.say("\(report.rows.count)/\(mutants.count) \(mutant.name): \(verdict.text)")
        }
        return report
    }

    /// Without a mutant awake all tests pass, or nothing can be said about any.
    private func requireGreen(_ tests: TestRun, _ mutants: [Mutant]) throws {
        Self.say("running the tests with no mutant awake")
        let selection =
            only.isEmpty
            ? ["--skip", "HouseTests"] : Set(mutants.map(\.killers)).sorted().flatMap { ["--filter", $0] }
        let outcome = try TestRun(copy: tests.copy, logs: tests.logs, timeout: .seconds(max(limit, 1_200)))
            .run(nil, selection: selection)
        guard outcome.exit == .code(0), !outcome.events.started.isEmpty else {
            let names = outcome.events.failed.map { "\"\($0)\"" }.joined(separator: ", ")
            throw MutantsFailure("the tests fail without any mutant: \(names); see \(outcome.log) (--work keeps it)")
        }
        Self.say("\(outcome.events.started.count) tests passed in \(Int(outcome.seconds)) s")
    }

    private static func temporaryFolder() throws -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array((parent + "/gapless-mutants-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw MutantsFailure("cannot make a folder in \(parent)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func remove(_ folder: String) {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            say("the folder \(folder) stays behind: \(error)")
        }
    }

    /// A line on standard error: standard output is for the result.
    private static func say(_ text: String) {
        var line = "\(text)\n"
        // If nobody reads it, the result is printed all the same.
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
