// Goal: what an operator orders says what it did, in text and JSON, with the right exit code, in every state. Method:
// the real program; builds run by gapless build.
import Foundation
import Testing

@Suite("Operators' commands")
struct OrderCommandTests {
    /// A table with records and an index, built or not.
    private func prepared(isBuilt: Bool) throws -> Program {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let lines = (0..<300).map { #"{"id":\#($0),"email":"u\#($0)","tags":[\#($0 % 3),null]}"# }.joined(
            separator: "\n")
        _ = try program.run("import", "people", "-", input: lines)
        try program.succeed("index", "create", "people", "email")
        if isBuilt { #expect(try program.run("build", "--workers", "1").exitCode == 0) }
        return program
    }

    @Test("pause, resume, cancel of a first build")
    func firstBuild() throws {
        let program = try prepared(isBuilt: false)
        let paused = try program.succeed("index", "pause", "people.email", "--json").json()
        #expect(paused["changed"] as? Bool == true && paused["state"] as? String == "paused")
        #expect(try program.succeed("index", "pause", "people.email").output.contains("paused already: nothing done"))
        let refused = try program.run("query", "people", "email = 'u1'", "--json")
        #expect(refused.exitCode == 75)
        #expect(try refused.errorFields()["state"] as? String == "paused")
        let named = try program.run("build", "people.email", "--workers", "1")
        #expect(named.exitCode == 75 && named.output.contains("paused"))
        #expect(try program.succeed("index", "resume", "people.email").output.contains("goes on"))
        #expect(try program.succeed("index", "resume", "people.email").output.contains("not paused: nothing done"))
        let cancelled = try program.succeed("index", "cancel", "people.email", "--json").json()
        #expect(cancelled["state"] as? String == "absent" && cancelled["building"] == nil)
        for order in ["pause", "resume", "cancel", "rebuild", "show"] {
            let gone = try program.run("index", order, "people.email", "--json")
            #expect(gone.exitCode == 66)
            #expect(try gone.errorFields()["code"] as? String == "NO_SUCH_INDEX")
        }
    }

    @Test("rebuild beside the ready index: its reason is shown, progress is its own, and history tells both builds")
    func rebuild() throws {
        let program = try prepared(isBuilt: true)
        for order in ["pause", "cancel"] {
            let refused = try program.run("index", order, "people.email", "--json")
            #expect(refused.exitCode == 64)
            #expect(try refused.errorFields()["code"] as? String == "WRONG_STATE")
        }
        let declared = try program.succeed("index", "rebuild", "people.email", "--reason", "why not", "--json").json()
        #expect(declared["changed"] as? Bool == true && declared["generation"] as? Int == 2)
        #expect(declared["state"] as? String == "ready" && declared["building"] as? String == "building")
        #expect(try program.succeed("index", "rebuild", "people.email").output.contains("nothing done"))
        let shown = try program.succeed("index", "show", "people.email", "--json").json()
        let coming = try #require(shown["rebuild"] as? [String: Any])
        #expect(coming["reason"] as? String == "rebuild requested: why not")
        #expect(!(shown["job"] is [String: Any]), "L8: the first build's progress is not the rebuild's")
        #expect(try program.succeed("query", "people", "email = 'u7'").lines.count == 1)
        #expect(try program.run("build", "--workers", "1").exitCode == 0)
        let history = try #require(
            try JSONSerialization.jsonObject(
                with: Data(program.succeed("history", "people.email", "--json").output.utf8)) as? [[String: Any]])
        #expect(history.compactMap { $0["generation"] as? Int } == [2, 1])
        #expect(history.compactMap { $0["reason"] as? String } == ["rebuild requested: why not", "created"])
        #expect(history.allSatisfy { $0["outcome"] as? String == "published" && $0["entries"] as? Int == 300 })
        let phases = try #require(history[0]["milliseconds"] as? [String: Int])
        #expect(Set(phases.keys) == ["scan", "load", "drain", "publish"])
        #expect((history[0]["workers"] as? [Int])?.isEmpty == false)
        try program.succeed("index", "drop", "people.email")
        #expect(try program.succeed("history", "people.email").lines.count == 3)
        #expect(try program.run("history", "people.nothing").exitCode == 66)
    }

    @Test("a record that cannot be indexed is waived by name, shown and counted until it is rewritten")
    func waive() throws {
        let program = try Program()
        try program.succeed("table", "create", "t", "--key", "id")
        let many = (0..<40).map { "\($0)" }.joined(separator: ",")
        _ = try program.run(
            "import", "t", "-", input: #"{"id":1,"a":1,"b":1}"# + "\n" + #"{"id":2,"a":[\#(many)],"b":[\#(many)]}"#)
        try program.succeed("index", "create", "t", "a,b")
        #expect(try program.run("build", "--workers", "1").exitCode == 1)
        #expect(try program.run("index", "waive", "t.a_b", "--record", "1").exitCode == 66, "it is not bad")
        #expect(try program.run("index", "waive", "t.a_b", "--record", "9").exitCode == 66)
        #expect(try program.run("build", "t.a_b", "--workers", "1").exitCode == 1, "it is still blocked")
        let waived = try program.succeed("index", "waive", "t.a_b", "--record", "2", "--json").json()
        #expect(waived["changed"] as? Bool == true && waived["left"] as? Int == 0)
        #expect(
            try program.succeed("index", "waive", "t.a_b", "--record", "2").output.contains("already: nothing done"))
        #expect(try program.run("build", "t.a_b", "--workers", "1").exitCode == 0)
        #expect(try program.succeed("index", "show", "t.a_b", "--json").json()["waived"] as? Int == 1)
        #expect(try program.succeed("verify").output.contains("1 records waived"))
        try program.succeed("put", "t", #"{"id":2,"a":5,"b":5}"#)
        #expect(try program.succeed("index", "show", "t.a_b", "--json").json()["waived"] as? Int == 0)
        #expect(try program.succeed("query", "t", "a = 5 AND b = 5").lines.count == 1)
    }

    @Test("a record that blocked an index and was rewritten while nothing ran does not end the next build at once")
    func healed() throws {
        let program = try Program()
        try program.succeed("table", "create", "t", "--key", "id")
        let many = (0..<40).map { "\($0)" }.joined(separator: ",")
        try program.succeed("put", "t", #"{"id":2,"a":[\#(many)],"b":[\#(many)]}"#)
        try program.succeed("index", "create", "t", "a,b")
        #expect(try program.run("build", "--workers", "1").exitCode == 1)
        try program.succeed("put", "t", #"{"id":2,"a":5,"b":5}"#)
        #expect(try program.run("build", "--workers", "1").exitCode == 0)
        #expect(try program.succeed("query", "t", "a = 5 AND b = 5").lines.count == 1)
    }

    @Test("explain counts before anything is declared, and finds what would block")
    func explain() throws {
        let program = try prepared(isBuilt: true)
        let whole = try program.succeed("index", "explain", "people", "tags", "--json").json()
        #expect(whole["entries"] as? Int == 600 && whole["recordsExamined"] as? Int == 300)
        #expect(whole["ranges"] as? Int == 1 && whole["enoughSpace"] as? Bool == true)
        #expect(whole["exists"] == nil)
        let sampled = try program.succeed(
            "index", "explain", "people", "tags", "--no-nulls", "--sample", "100", "--json"
        ).json()
        #expect((sampled["recordsExamined"] as? Int).map { (50...100).contains($0) } == true)
        #expect(sampled["entries"] as? Int == 300)
        #expect(
            try program.succeed("index", "explain", "people", "email").output.contains(
                "exists      people.email, ready"))
        #expect(try program.run("index", "explain", "people", "email", "--sample", "0").exitCode == 64)
        #expect(try program.run("index", "explain", "nope", "email").exitCode == 66)
        let many = (0..<40).map { "\($0)" }.joined(separator: ",")
        try program.succeed("put", "people", #"{"id":"bad","email":[\#(many)],"tags":[\#(many)]}"#)
        let bad = try program.run("index", "explain", "people", "email,tags", "--json")
        #expect(bad.exitCode == 1 && bad.error == "")
        #expect(try bad.json()["badRecords"] as? Int == 1)
        #expect(try program.succeed("index", "list").lines.count == 2, "nothing was declared")
        let left = try FileManager.default.contentsOfDirectory(atPath: program.database)
        #expect(!left.contains { $0.hasPrefix("explain-") })
    }
}
