// Goal: a database of another program becomes a table by command, is refused with a code and a way out, and is let go
// of unharmed. Method: the real program; the foreign environment is made by py-lmdb.
import Foundation
import Testing

@Suite("Attaching by command")
struct AttachCommandTests {
    /// Writes `lines` of Python into an environment of py-lmdb at the program's database.
    private func foreign(_ program: borrowing Program, _ lines: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        let script = """
            import lmdb, sys
            env = lmdb.open(sys.argv[1], max_dbs=4, sync=False)
            with env.begin(write=True) as txn:
                people = env.open_db(b'people', txn=txn)
                \(lines)
            """
        process.arguments = ["-c", script, program.database]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private static let declared = ["table", "attach", "t", "--dbi", "people", "--key", "text", "--values", "json"]

    private func prepared() throws -> Program {
        let program = try Program()
        try foreign(program, "txn.put(b'ann', b'{\"age\": 3}', db=people)")
        try foreign(program, "txn.put(b'bob', b'{\"age\":\\n4}', db=people)")
        return program
    }

    @Test("attached, shown, read, written, exported, detached")
    func life() throws {
        let program = try prepared()
        let attached = try program.run(Self.declared)
        #expect(attached.output.contains("attached to the database people: 2 records, nothing rewritten"))
        let shown = try program.succeed("table", "show", "t", "--json").json()
        #expect(shown["attachedTo"] as? String == "people" && shown["keys"] as? String == "text")
        #expect(try program.succeed("table", "show", "t").output.contains("attached to the database people, keys text"))
        #expect(try program.succeed("get", "t", "bob").output == "{\"key\":\"bob\",\"age\":4}\n")
        #expect(try program.succeed("export", "t").lines == [#"{"key":"ann","age": 3}"#, #"{"key":"bob","age":4}"#])
        try program.succeed("put", "t", #"{"age":5,"key":"cid"}"#)
        #expect(try program.succeed("query", "t", "key > 'bob'").lines == [#"{"key":"cid","age":5}"#])
        try program.succeed("delete", "t", "ann")
        let dropped = try program.succeed("table", "drop", "t", "--json").json()
        #expect(dropped["dropped"] as? String == "t" && dropped["detachedFrom"] as? String == "people")
        #expect(try program.run(Self.declared + ["--key-field", "id"]).exitCode == 0)
        #expect(try program.succeed("export", "t").lines == [#"{"id":"bob","age":4}"#, #"{"id":"cid","age":5}"#])
        let detached = try program.succeed("table", "drop", "t")
        #expect(detached.output == "table t detached: its records stay in the database people\n")
    }

    @Test(
        "what cannot be attached is refused and leaves the environment as it was",
        arguments: [
            ("nope", 66, "NO_SUCH_DATABASE"), ("", 65, "NOT_ATTACHABLE"), ("record", 66, "NO_SUCH_DATABASE"),
        ])
    func refused(_ database: String, _ exitCode: Int32, _ code: String) throws {
        let program = try prepared()
        try foreign(program, "txn.put(b'record', b'of the main database')")
        let outcome = try program.run("table", "attach", "t", "--dbi", database, "--key", "text", "--json")
        #expect(outcome.exitCode == exitCode)
        #expect(try outcome.errorFields()["code"] as? String == code)
        #expect(try program.run("table", "list").exitCode == 78, "still an environment of another program")
    }

    @Test("declared wrongly is 65 with a hint; a kind that does not exist is 64; no environment is 66")
    func wrongly() throws {
        let program = try prepared()
        let values = try program.run("table", "attach", "t", "--dbi", "people", "--key", "text")
        #expect(values.exitCode == 65 && values.error.contains("declare other --values"))
        let keys = try program.run("table", "attach", "t", "--dbi", "people", "--key", "u64be", "--values", "json")
        #expect(keys.exitCode == 65 && keys.error.contains("declare another --key"))
        #expect(try program.run(Self.declared + ["--key-field", "age"]).error.contains("--key-field"))
        #expect(try program.run("table", "attach", "t", "--dbi", "people", "--key", "uuid").exitCode == 64)
        let empty = try Program()
        #expect(try empty.run("table", "attach", "t", "--dbi", "people", "--key", "text").exitCode == 66)
        #expect(!FileManager.default.fileExists(atPath: empty.database))
    }
}
