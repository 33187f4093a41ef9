// Chaos: real processes of the real program, to which things happen while a table is written and queried; afterwards
// every index is compared with what the records call for.
//
//   Round/       one round: the cluster, what happens to it, the applications, the check, the cases met
//   Model/       what the table may hold, what a record has for a field, and which records answer a query
//   Processes/   children that cannot outlive this process
//
// It uses nothing of Gapless but the program's commands: an error in the index code cannot hide itself here.
import ArgumentParser
import Foundation
import Glibc

/// The program `gapless-chaos`.
@main
struct GaplessChaos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gapless-chaos",
        abstract: "Kills, stops, starves and restarts the processes of builds, and checks every index afterwards.",
        discussion: """
            Each round draws from its seed what is done; when the machine does it differs from run to run. Ends with a
            table of how often each interesting case occurred. Exit code 1 if an answer was short or wrong, if a build
            did not end, or, in 100 rounds or more, if a case never occurred.

            Example:
              scripts/chaos --rounds 500
              scripts/chaos --rounds 1 --seed 4711 --keep
            """)

    @Option(help: "How many rounds.") var rounds = 20
    @Option(help: "The seed of the first round; each following one has the next number. Default: drawn.")
    var seed: UInt64?
    @Option(help: "The folder for the rounds' databases; default: a new one in the folder for temporary files.")
    var db: String?
    @Flag(help: "Keep the folder of every round; that of a round that failed is always kept.") var keep = false
    @Option(help: "The program under test; default: gapless beside this one.") var program: String?
    @Option(help: "The library that makes calls fail (Tests/FaultyCalls); without it those rounds are plain ones.")
    var faultyCalls: String?
    @Option(help: "Only rounds of this kind: \(Mischief.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: String?

    func validate() throws {
        guard (1...1_000_000).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 on.") }
        if let only, Mischief.Kind(rawValue: only) == nil { throw ValidationError("there is no kind '\(only)'.") }
    }

    func run() throws {
        let first = seed ?? UInt64.random(in: 1...999_999_999)
        let root = try folder()
        let here = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let path = program ?? here.appending(path: "gapless").path
        say("chaos: \(rounds) rounds from seed \(first), \(path), in \(root)")
        var cases = Cases()
        let began = Clock.seconds()
        for number in 0..<rounds {
            let seed = first &+ UInt64(number)
            let kinds = Mischief.Kind.allCases
            let kind = only.flatMap(Mischief.Kind.init) ?? kinds[Int(seed % UInt64(kinds.count))]
            let folder = "\(root)/round-\(seed)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let round = Round(
                number, seed: seed, kind: kind, program: Program(path: path, database: folder + "/db", folder: folder),
                library: faultyCalls)
            let start = Clock.seconds()
            do {
                try round.run()
            } catch {
                say("round \(number + 1) seed \(seed) \(kind.rawValue): FAILED: \(error)")
                say("its database and logs stay in \(folder); again: scripts/chaos --rounds 1 --seed \(seed)")
                say(cases.table)
                throw ExitCode(1)
            }
            cases.add(round.cases)
            let seconds = ((Clock.seconds() - start) * 10).rounded() / 10
            say("round \(number + 1) seed \(seed) \(kind.rawValue): whole, \(seconds) s\(round.summary)")
            if !keep { try FileManager.default.removeItem(atPath: folder) }
        }
        if !keep, db == nil { try FileManager.default.removeItem(atPath: root) }
        say("chaos: \(rounds) rounds whole in \(Int(Clock.seconds() - began)) s. How often each case occurred:")
        say(cases.table)
        guard rounds >= 100, !cases.missing.isEmpty else { return }
        say("never occurred: \(cases.missing.map(\.rawValue).joined(separator: "; "))")
        throw ExitCode(1)
    }

    /// A line on standard output, at once: a long run is read while it goes on.
    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private func folder() throws -> String {
        if let db {
            try FileManager.default.createDirectory(atPath: db, withIntermediateDirectories: true)
            return db
        }
        var template = Array("/tmp/gapless-chaos-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw ChaosFailure("no folder can be made in /tmp") }
        return String(cString: made)
    }
}

extension Round {
    /// The most telling counts of a round.
    fileprivate var summary: String {
        let telling: [Cases.Case] = [
            .workerKilled, .loaderKilled, .coordinatorKilled, .takeover, .diskFull, .callFailed, .writeDuringBuild,
            .queryAnswered, .queryRefused,
        ]
        return telling.filter { cases.count($0) > 0 }.map { "; \(cases.count($0)) \($0.rawValue)" }.joined()
    }
}
