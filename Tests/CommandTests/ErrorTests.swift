// Goal: every error reaches a user with the exit code and the JSON of the outside's contract, and says what to do.
// Method: the real program, run with wrong arguments, wrong data and missing things.
import Foundation
import Testing

@Suite("Errors of the program")
struct ErrorTests {
    /// Wrong uses of the command line.
    static let wrongUses: [[String]] = [
        ["tabel"], ["table"], ["table", "create"], ["table", "create", "a"], ["get", "a"], ["import", "a"],
        ["table", "create", "a", "--key", "id", "--values", "xml"], ["query", "a", "x = 1", "extra", "more"],
        ["query", "a", "--limit", "many"], ["table", "list", "--log-level", "loud"],
        ["query", "a", "--order-by", "x", "desc", "y = 1", "z = 1"],
    ]

    @Test("wrong usage is 64, names the help, and with --json is one line of JSON", arguments: wrongUses)
    func wrongUse(_ arguments: [String]) throws {
        let program = try Program()
        let text = try program.run(arguments)
        // A group of commands without a command shows its help.
        guard arguments != ["table"] else {
            #expect(text.exitCode == 0 && text.output.contains("SUBCOMMANDS"))
            return
        }
        #expect(text.exitCode == 64)
        #expect(text.error.hasPrefix("gapless: ") && text.error.contains("See: gapless help"))
        #expect(text.output == "")
        let json = try program.run(arguments + ["--json"])
        #expect(json.exitCode == 64 && json.output == "")
        let fields = try json.errorFields()
        #expect(fields["code"] as? String == "USAGE")
        #expect(fields["retryable"] as? Bool == false)
    }

    @Test("a variable with a wrong value is wrong usage that names the variable")
    func wrongVariable() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let path = try program.file("a.ndjson", "{\"id\":1}\n")
        let outcome = try program.run("import", "people", path, environment: ["GAPLESS_LOG_LEVEL": "loud"])
        #expect(outcome.exitCode == 64)
        #expect(outcome.error.contains("GAPLESS_LOG_LEVEL") && outcome.error.contains("loud"))
    }

    @Test("what does not exist is 66 with its code")
    func missing() throws {
        let program = try Program()
        let cases: [(arguments: [String], code: String)] = [
            (["table", "show", "people"], "NO_SUCH_TABLE"), (["index", "show", "people.email"], "NO_SUCH_TABLE"),
            (["get", "things", "1"], "NO_SUCH_RECORD"), (["delete", "things", "1"], "NO_SUCH_RECORD"),
            (["index", "drop", "things.email"], "NO_SUCH_INDEX"), (["export", "people"], "NO_SUCH_TABLE"),
            (["import", "things", "/no/such/file.csv"], "NO_SUCH_FILE"),
            (["import", "things", "/tmp", "--format", "csv"], "NO_SUCH_FILE"),
            (["query", "people"], "NO_SUCH_TABLE"), (["query", "things", "age = 1"], "NO_INDEX"),
        ]
        let none = try program.run("table", "list", "--json")
        #expect(none.exitCode == 66)
        #expect(try none.errorFields()["code"] as? String == "NO_SUCH_DATABASE")
        try program.succeed("table", "create", "things", "--key", "id")
        for (arguments, code) in cases {
            let outcome = try program.run(arguments + ["--json"])
            #expect(outcome.exitCode == 66, "\(arguments)")
            #expect(try outcome.errorFields()["code"] as? String == code, "\(arguments)")
        }
    }

    @Test("a folder that is no database is 78, and is left as it was")
    func notADatabase() throws {
        let program = try Program()
        let path = try program.file("notes", "hello")
        let outcome = try program.run("table", "list", "--db", path, "--json")
        #expect(outcome.exitCode == 78)
        #expect(try outcome.errorFields()["code"] as? String == "NOT_A_DATABASE")
        #expect(try program.text("notes") == "hello")
    }

    @Test("R3: an index that is not ready is 75, retryable, with its name and state")
    func notReady() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        try program.succeed("put", "people", #"{"id":1,"email":"a"}"#)
        try program.succeed("index", "create", "people", "email")
        let outcome = try program.run("query", "people", "email = 'a'", "--json")
        #expect(outcome.exitCode == 75 && outcome.output == "")
        let fields = try outcome.errorFields()
        #expect(fields["code"] as? String == "INDEX_NOT_READY")
        #expect(fields["retryable"] as? Bool == true)
        #expect(fields["index"] as? String == "people.email")
        #expect(fields["state"] as? String == "building")
        #expect(fields["retryAfterSeconds"] is Int)
        #expect(try program.run("query", "people", "email = 'a'", "--allow-scan").lines == [#"{"id":1,"email":"a"}"#])
        #expect(try program.run("verify", "people.email").exitCode == 75)
    }

    @Test("a flag is before a variable, a variable before the default")
    func settings() throws {
        let program = try Program()
        let other = program.folder.appending(path: "other").path
        try program.succeed("table", "create", "here", "--key", "id")
        try program.succeed("table", "create", "there", "--key", "id", "--db", other)
        #expect(try program.run("table", "list").output.contains("here"))
        #expect(try program.run("table", "list", "--db", other).output.contains("there"))
    }

    @Test("a reader that has enough ends the program quietly")
    func closedOutput() throws {
        let program = try Program()
        try program.succeed("table", "create", "numbers", "--key", "id")
        let lines = (0..<20_000).map { "{\"id\":\($0),\"text\":\"some text to fill the pipe\"}\n" }.joined()
        try program.succeed("import", "numbers", "-", input: lines)
        let script = "set -o pipefail; \"$0\" export numbers | head -n 1"
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/bash")
        shell.arguments = ["-c", script, Program.executable.path]
        shell.environment = ["GAPLESS_DB": program.database, "PATH": "/usr/bin:/bin"]
        let (output, error) = (Pipe(), Pipe())
        (shell.standardOutput, shell.standardError) = (output, error)
        try shell.run()
        let text = try output.fileHandleForReading.readToEnd()
        let complaint = try error.fileHandleForReading.readToEnd()
        shell.waitUntilExit()
        #expect(
            text.map { String(decoding: $0, as: UTF8.self) } == "{\"id\":0,\"text\":\"some text to fill the pipe\"}\n")
        #expect(complaint ?? Data() == Data())
        #expect(shell.terminationStatus == 0)
    }

    @Test("an output that is full is an error of its own")
    func fullOutput() throws {
        let program = try Program()
        try program.succeed("table", "create", "numbers", "--key", "id")
        try program.succeed("put", "numbers", #"{"id":1}"#)
        let process = Process()
        process.executableURL = Program.executable
        process.arguments = ["export", "numbers", "--json"]
        process.environment = ["GAPLESS_DB": program.database]
        let error = Pipe()
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        process.standardError = error
        try process.run()
        let text = try error.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        #expect(process.terminationStatus == 73)
        #expect(text.map { String(decoding: $0, as: UTF8.self) }?.contains("NO_SPACE") == true)
    }

    @Test("help and version are results, with an example in every command's help")
    func help() throws {
        let program = try Program()
        #expect(try program.succeed("--version").output == "1.0.0\n")
        let commands: [[String]] = [
            ["table", "create"], ["table", "list"], ["table", "show"], ["table", "drop"], ["import"], ["export"],
            ["put"],
            ["get"], ["delete"], ["index", "create"], ["index", "list"], ["index", "show"], ["index", "drop"],
            ["query"], ["verify"],
        ]
        for command in commands {
            let help = try program.run(["help"] + command)
            #expect(help.exitCode == 0 && help.output.contains("Example:\n  gapless "), "\(command)")
        }
    }
}
