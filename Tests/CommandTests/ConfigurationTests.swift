// Goal: a setting is its flag, else its variable, else what the configuration file says, else its default; a file that
// is wrong is refused by name. Method: the real program, whose refusals and log lines show what it took.
import Foundation
import Testing

@testable import gapless

@Suite("The configuration file")
struct ConfigurationTests {
    @Test("JSON with comments is read; values are texts, numbers, or true and false as a flag would spell them")
    func reading() throws {
        let program = try Program()
        let path = try program.file(
            "c.json",
            """
            // for the night
            {
                "log-level": "debug",  // more
                "records-per-range": 5000,
                "grace": "500ms",
            }
            """)
        let configuration = try Configuration.read(path)
        #expect(configuration[.logLevel] == "debug")
        #expect(configuration[.recordsPerRange] == "5000")
        #expect(configuration[.grace] == "500ms")
        #expect(configuration[.db] == nil)
        #expect(configuration.differences(from: .none) == [.grace, .logLevel, .recordsPerRange])
    }

    @Test("flag, then variable, then file, then default")
    func order() throws {
        let program = try Program()
        let inFile = try program.file("c.json", #"{"db": "\#(program.folder.path)/from-file"}"#)
        let none = ["GAPLESS_DB": ""]
        #expect(try program.run(["table", "list", "--config", inFile], environment: none).error.contains("from-file"))
        #expect(
            try program.run(["table", "list"], environment: none.merging(["GAPLESS_CONFIG": inFile]) { $1 }).error
                .contains("from-file"))
        #expect(
            try program.run(["table", "list", "--config", inFile], environment: ["GAPLESS_DB": "/nowhere/variable"])
                .error.contains("/nowhere/variable"))
        #expect(
            try program.run(
                ["table", "list", "--config", inFile, "--db", "/nowhere/flag"],
                environment: ["GAPLESS_DB": "/nowhere/variable"]
            ).error.contains("/nowhere/flag"))
    }

    @Test(
        "a file that is wrong is refused with code 78, its name, and what would be right",
        arguments: [
            (#"{"log-levle": "info"}"#, ["'log-levle'", "log-level", "grace"]),
            (#"{"log-level": "loud"}"#, ["'log-level'", "'loud'", "debug"]),
            (#"{"grace": "soon"}"#, ["'grace'", "10s"]),
            (#"{"records-per-range": 0}"#, ["'records-per-range'", "from 1 to"]),
            (#"{"workers": 4.5}"#, ["'workers'", "4.5"]),
            (#"{"grace": ["10s"]}"#, ["'grace'", "text"]),
            (#"["grace"]"#, ["one object"]),
            (#"{"grace": "#, ["not JSON"]),
        ])
    func refusals(text: String, words: [String]) throws {
        let program = try Program()
        let path = try program.file("wrong.json", text)
        let outcome = try program.run(["status", "--config", path, "--json"])
        #expect(outcome.exitCode == 78)
        let fields = try outcome.errorFields()
        #expect(fields["code"] as? String == "BAD_CONFIGURATION")
        let message = try #require(fields["message"] as? String)
        for word in [path] + words { #expect(message.contains(word), "\(word) in: \(message)") }
    }

    @Test("a file that is not there is refused, and help works all the same")
    func missing() throws {
        let program = try Program()
        let outcome = try program.run(["status", "--config", "/no/such/file"])
        #expect(outcome.exitCode == 78)
        #expect(outcome.error.contains("/no/such/file"))
        #expect(try program.run(["help", "worker"], environment: ["GAPLESS_CONFIG": "/no/such/file"]).exitCode == 0)
    }

    @Test("every variable that the program reads is a setting that a file can hold too, or is none on purpose")
    func everyVariable() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/gapless")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        let none: Set = ["GAPLESS_CONFIG", "GAPLESS_SUPERVISOR", "GAPLESS_FAILPOINTS", "GAPLESS_"]
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            found.formUnion(text.matches(of: /GAPLESS_[A-Z_]*/).map { String($0.output) })
        }
        #expect(found.count > 8)
        #expect(found.subtracting(none) == Set(Setting.allCases.map(\.variable)).intersection(found))
    }

    @Test("--log-file takes the log lines, and one that cannot be opened is refused by name")
    func logFile() throws {
        let program = try Program()
        try program.succeed("table", "create", "t", "--key", "id")
        let log = program.folder.path + "/log"
        let outcome = try program.run(
            ["coordinator", "--listen", "ipc:///no/such/folder/socket", "--log-file", log, "--log-level", "debug"])
        #expect(outcome.exitCode == 78)
        #expect(FileManager.default.fileExists(atPath: log))
        let refused = try program.run(["worker", "--log-file", "/no/such/folder/log"])
        #expect(refused.exitCode == 78)
        #expect(refused.error.contains("/no/such/folder/log"))
    }
}
