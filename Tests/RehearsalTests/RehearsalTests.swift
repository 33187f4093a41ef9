// Goal: the rehearsal works under each supervisor, with both signals, over an upgrade and on a copy of data; it fails
// when a promise is broken, and leaves nothing behind.
// Method: the real rehearsal with the real program, small; broken promises by a program that lies.
import Foundation
import Testing

@Suite("Rolling restarts", .serialized)
struct RehearsalTests {
    private struct Outcome: Decodable {
        struct Verdict: Decodable {
            let promise: String
            let isKept: Bool
            let breaches: [String]
        }
        struct Ranges: Decodable {
            let scanned: Int
            let redoneUnnamed: Int
        }
        struct Figures: Decodable {
            let workerRestarts: Int
            let coordinatorRestarts: Int
            let answeredQueries: Int
            let refusedQueries: Int
            let shortQueries: Int
            let writes: Int
            let builds: Int
            let secondsToReady: [Double]
            let baselineSeconds: Double?
            let refusals: [String]
            let ranges: Ranges
        }
        let figures: Figures
        let promises: [Verdict]
        let failure: String?
    }

    /// Runs a rehearsal and requires that every promise was kept.
    private func rehearse(_ desk: Desk, _ arguments: String...) throws -> Outcome {
        let ended = try desk.rehearse(["--records", "2000", "--rounds", "1", "--json"] + arguments)
        #expect(ended.code == 0, "\(ended.output)\n\(ended.errors)")
        let outcome = try JSONDecoder().decode(Outcome.self, from: Data(ended.output.utf8))
        #expect(outcome.failure == nil)
        for verdict in outcome.promises { #expect(verdict.isKept, "\(verdict.promise): \(verdict.breaches)") }
        let figures = outcome.figures
        #expect(figures.answeredQueries > 0 && figures.refusedQueries > 0 && figures.writes > 0)
        #expect(figures.shortQueries == 0 && figures.ranges.redoneUnnamed == 0)
        #expect(figures.coordinatorRestarts == 1)
        let disturbed = figures.builds - (figures.baselineSeconds == nil ? 0 : 1)
        #expect(disturbed >= 1 && disturbed == figures.secondsToReady.count)
        // One whole build at least: whether another was under way too is a matter of time.
        #expect(figures.ranges.scanned >= 2_000 / 50)
        try desk.expectNothingLeft()
        return outcome
    }

    @Test("plain processes, SIGTERM: every worker and the coordinator are restarted and every promise holds")
    func plain() throws {
        let outcome = try rehearse(Desk(), "--supervisor", "plain", "--baseline")
        #expect(outcome.figures.workerRestarts == 2)
        #expect(outcome.figures.baselineSeconds ?? 0 > 0)
    }

    @Test("gapless up, SIGKILL: what was durable stays so")
    func up() throws {
        #expect(try rehearse(Desk(), "--supervisor", "up", "--kill").figures.workerRestarts == 2)
    }

    @Test("supervisord, SIGTERM: with the configuration that is shipped")
    func supervisord() throws {
        let outcome = try rehearse(
            Desk(), "--supervisor", "supervisord", "--supervisord-config",
            Desk.root + "/deploy/supervisord/supervisord.conf")
        #expect(outcome.figures.workerRestarts == 2)
    }

    @Test("O6: over an upgrade a worker of another protocol is refused by name, and the roll ends well")
    func upgrade() throws {
        let desk = try Desk()
        let other = desk.folder + "/gapless-next"
        try OtherProtocol.make(of: Desk.program, at: URL(filePath: other))
        let outcome = try rehearse(desk, "--upgrade", Desk.program.path, other)
        #expect(outcome.figures.refusals.count == 1, "\(outcome.figures.refusals)")
        let refusal = outcome.figures.refusals.first ?? ""
        #expect(refusal.contains("speaks protocol 2") && refusal.contains("finish the upgrade"), "\(refusal)")
    }

    @Test("a copy of an operator's database is rehearsed on, and the database itself is not touched")
    func copy() throws {
        let desk = try Desk()
        let db = desk.folder + "/original"
        try desk.run(Desk.program, ["table", "create", "people", "--key", "id", "--db", db])
        let lines = (0..<1_500).map { #"{"id":\#($0),"tags":["t\#($0 % 40)","x"],"address":{"city":"c\#($0 % 9)"}}"# }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: desk.folder + "/in.ndjson"))
        try desk.run(Desk.program, ["import", "people", desk.folder + "/in.ndjson", "--db", db])
        let before = try Data(contentsOf: URL(filePath: db + "/data.mdb"))
        _ = try rehearse(
            desk, "--db", db, "--table", "people", "--index", "tags,address.city", "--records-per-range", "30")
        #expect(try Data(contentsOf: URL(filePath: db + "/data.mdb")) == before)
    }

    @Test("a program that answers short is found out: exit code 1, and the promise is named")
    func shortAnswers() throws {
        let desk = try Desk()
        let liar = desk.folder + "/gapless"
        // It leaves out the last record of every answer.
        let script = """
            #!/bin/bash
            if [ "$1" = query ]; then
                out=$("\(Desk.program.path)" "$@"); code=$?
                [ -z "$out" ] || printf '%s\\n' "$out" | sed '$d'
                exit $code
            fi
            exec "\(Desk.program.path)" "$@"
            """
        try desk.write(script, to: liar)
        let ended = try desk.rehearse(["--records", "1000", "--rounds", "1", "--workers", "1", "--program", liar])
        #expect(ended.code == 1)
        #expect(ended.output.contains("NOT KEPT     every query is complete or refused"), "\(ended.output)")
        #expect(ended.output.contains("short by 1 of"), "\(ended.output)")
        try desk.expectNothingLeft()
    }

    @Test("interrupted in the middle of a round, it ends every process and removes its folder")
    func interrupted() throws {
        let desk = try Desk()
        let running = try desk.startRehearsal(["--records", "2000", "--rounds", "1000", "--supervisor", "up"])
        try running.waitForError { $0.contains("round 1") }
        #expect(try !desk.processesOfRehearsal().isEmpty)
        running.interrupt()
        let ended = running.waitForEnd()
        #expect(ended.code == 1 && ended.output.contains("stopped by a signal"), "\(ended.output)\(ended.errors)")
        try desk.expectNothingLeft()
    }

    @Test("wrong usage ends with exit code 64, and says what is missing")
    func usage() throws {
        let desk = try Desk()
        for arguments in [
            ["--db", "somewhere"], ["--rounds", "0"], ["--supervisor", "runit"], ["--upgrade", "one"],
            ["--workers", "0"], ["--supervisor", "supervisord"], ["--upgrade", "a", "b", "--program", "c"],
        ] {
            let ended = try desk.rehearse(arguments)
            #expect(ended.code == 64 && !ended.errors.isEmpty, "\(arguments): \(ended.code) \(ended.errors)")
        }
        let missing = try desk.rehearse(["--program", "/nowhere/gapless"])
        #expect(missing.code == 1 && missing.errors.contains("build it first"))
    }
}
