// Goal: TAB offers commands, flags, and the tables and indexes of the database that the words typed so far name.
// Method: bash reads the script that the program makes, and its function is called as bash calls it; zsh and fish check
// theirs for syntax.
import Foundation
import Testing

@testable import gapless

@Suite("Completions")
struct CompletionTests {
    /// What bash offers for the last of these words, in the order of the alphabet.
    private func offered(
        _ words: String..., in folder: String, environment: [String: String] = [:]
    ) throws -> [String] {
        let script = try completions(of: "bash")
        let asked = """
            eval "$SCRIPT"
            compopt() { :; }
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
            _gapless "$1" "${@: -1}" "${@: -2:1}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let ended = try Deployment.run(
            "/usr/bin/bash", ["-c", asked, "bash", Deployment.program.path] + words, in: folder,
            environment: environment.merging(["SCRIPT": script]) { $1 })
        try #require(ended.code == 0, "\(ended.output)")
        return ended.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
    }

    private func completions(of shell: String) throws -> String {
        let ended = try Deployment.run(Deployment.program.path, ["--generate-completion-script", shell])
        try #require(ended.code == 0, "\(ended.output)")
        return ended.output
    }

    /// A folder with the databases `gapless-data` (table people, index people.email) and `other` (table pets).
    private func withDatabases(_ body: (String) throws -> Void) throws {
        try Deployment.withFolder { folder in
            for words in [
                ["table", "create", "people", "--key", "id"], ["index", "create", "people", "email"],
                ["table", "create", "pets", "--key", "name", "--db", "other"],
            ] {
                let ended = try Deployment.run(
                    Deployment.program.path, words, in: folder, environment: ["GAPLESS_DB": ""])
                try #require(ended.code == 0, "\(ended.output)")
            }
            try body(folder)
        }
    }

    @Test("bash: commands, flags and fixed values")
    func fixed() throws {
        try Deployment.withFolder { (folder) throws in
            #expect(try offered("ind", in: folder) == ["index"])
            #expect(try offered("index", "re", in: folder) == ["rebuild", "resume", "retry"])
            #expect(try offered("query", "--exp", in: folder) == ["--explain"])
            #expect(try offered("status", "--log-format", "", in: folder) == ["json", "text"])
        }
    }

    @Test("bash: tables and indexes of the default, of --db, of GAPLESS_DB, and of the configuration file")
    func names() throws {
        try withDatabases { folder in
            #expect(try offered("export", "", in: folder) == ["people"])
            #expect(try offered("index", "show", "", in: folder) == ["people.email"])
            #expect(try offered("verify", "peo", in: folder) == ["people", "people.email"])
            #expect(try offered("query", "--db", "other", "", in: folder) == ["pets"])
            #expect(try offered("query", "--db", "'other'", "", in: folder) == ["pets"])
            #expect(try offered("query", "", in: folder, environment: ["GAPLESS_DB": "\(folder)/other"]) == ["pets"])
            try Data(#"{"db": "other"}"#.utf8).write(to: URL(filePath: "\(folder)/settings"))
            #expect(try offered("query", "--config", "settings", "", in: folder) == ["pets"])
        }
    }

    @Test("bash: no database, a folder of something else, a broken configuration: nothing is offered, said or made")
    func nothing() throws {
        try Deployment.withFolder { folder in
            #expect(try offered("export", "", in: folder) == [])
            try Data("no database".utf8).write(to: URL(filePath: "\(folder)/data.mdb"))
            #expect(try offered("export", "--db", ".", "", in: folder) == [])
            try Data("{".utf8).write(to: URL(filePath: "\(folder)/settings"))
            #expect(try offered("export", "--config", "settings", "", in: folder) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["data.mdb", "settings"])
        }
    }

    @Test("the database is read from the words as a shell has them")
    func words() {
        let home = Setting.environment("HOME") ?? ""
        for (words, value) in [
            (["gapless", "query", "--db", "a"], "a"), (["--db=a b"], "a b"), (["--db", "=", "a"], "a"),
            (["--db", #""a b"\ c"#], "a b c"), (["--db", #"'a\b'"#], #"a\b"#), (["--db", "~/a"], home + "/a"),
        ] {
            #expect(CompletionSource.value(of: "--db", in: words) == value, "\(words)")
        }
        #expect(CompletionSource.value(of: "--db", in: ["query", "--db"]) == nil)
        #expect(CompletionSource.value(of: "--db", in: ["query", "people"]) == nil)
    }

    @Test("zsh and fish read theirs without a complaint", arguments: ["zsh", "fish"])
    func syntax(_ shell: String) throws {
        let script = try completions(of: shell)
        #expect(script.contains("---completion"), "it asks for names")
        // scripts/setup installs both; elsewhere there may be none.
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(shell)") else { return }
        try Deployment.withFolder { folder in
            try Data(script.utf8).write(to: URL(filePath: "\(folder)/script"))
            let ended = try Deployment.run("/usr/bin/\(shell)", ["-n", "\(folder)/script"])
            #expect(ended.code == 0 && ended.output.isEmpty, "\(ended.output)")
        }
    }
}
