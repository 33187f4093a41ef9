// Goal: every command has an example in its help and, unless it is hidden, a page in the manual; pages render without a
// warning; that of the program lists the codes it ends with.
// Method: all pages go through man and mandoc; the list of commands is the parser's.
import ArgumentParser
import Foundation
import Tables
import Testing

@testable import gapless

@Suite("The manual")
struct ManualTests {
    /// All commands below this one, with the words that lead to them.
    private static func commands(
        below command: any ParsableCommand.Type, _ words: [String] = []
    ) -> [(words: [String], command: any ParsableCommand.Type)] {
        [(words, command)]
            + command.configuration.subcommands.flatMap {
                commands(below: $0, words + [$0.configuration.commandName ?? "?"])
            }
    }

    @Test("the help of every command has an example that the program takes")
    func examples() throws {
        let commands = Self.commands(below: Gapless.self)
        #expect(commands.count > 35)
        for (words, command) in commands {
            let (_, examples) = ManualPage.parts(of: command.configuration.discussion)
            let quoted = examples.split(separator: "\n").flatMap { ShellLine(String($0)).commands }
                .filter { $0.first == "gapless" }.map { Array($0.dropFirst()) }
            #expect(
                quoted.contains { $0.starts(with: words) },
                "gapless help \(words.joined(separator: " ")): no line below 'Example:' shows it")
            for line in quoted {
                let line = CommandLine(place: "help \(words.joined(separator: " "))", words: line)
                #expect(line.fault == nil, "\(line.fault ?? "")")
            }
        }
    }

    @Test("every command that is shown has a page; pages render without a warning")
    func pages() throws {
        try Deployment.withFolder { folder in
            let ended = try Deployment.run(Deployment.program.path, ["manual", folder, "--date", "2026-01-31"])
            try #require(ended.code == 0, "\(ended.output)")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let shown = Self.commands(below: Gapless.self).filter { $0.command.configuration.shouldDisplay }
            #expect(files == shown.map { (["gapless"] + $0.words).joined(separator: "-") + ".1" }.sorted())
            for file in files {
                let path = "\(folder)/\(file)"
                let name = file.dropLast(2)
                // scripts/setup installs both; elsewhere there may be none.
                if FileManager.default.isExecutableFile(atPath: "/usr/bin/mandoc") {
                    let lint = try Deployment.run("/usr/bin/mandoc", ["-Tlint", "-Wwarning", path])
                    let all = lint.output.split(separator: "\n").filter { !$0.contains("referenced manual not found") }
                    #expect(all.isEmpty, "\(lint.output)")
                }
                guard FileManager.default.isExecutableFile(atPath: "/usr/bin/man") else { continue }
                let page = try Deployment.run(
                    "/usr/bin/man", ["--warnings", "-l", path], environment: ["MANPAGER": "cat", "MANWIDTH": "100"])
                #expect(page.code == 0)
                #expect(!page.output.contains("warning:"), "\(page.output)")
                #expect(page.output.contains("\(name.uppercased())(1)"), "\(page.output.prefix(300))")
                #expect(page.output.contains("EXAMPLES"), "\(name)")
                #expect(page.output.contains("January 31, 2026"))
            }
        }
    }

    @Test("a page holds usage, arguments and examples as they are typed")
    func page() throws {
        let pages = try ManualCommand.pages(date: "January 31, 2026")
        let query = try #require(pages.first { $0.fileName == "gapless-query.1" }).text
        for line in [
            ".Nm \"gapless query\"", ".Ar table", ".Op Ar where", ".Op Fl -limit Ar n", ".It Fl -limit Ar n",
            #"gapless query people "age >= 18" \-\-explain"#, ".Xr gapless 1",
        ] {
            #expect(query.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
    }

    @Test("the page of the program lists every code that an error has, and every variable")
    func overview() throws {
        let codes = Set(ErrorCode.allCases.map(\.exitCode)).union([0, 1])
        #expect(Set(ManualOverview.exitCodes.map(\.code)) == codes)
        let pages = try ManualCommand.pages(date: "")
        let page = try #require(pages.first { $0.fileName == "gapless.1" }).text
        for setting in Setting.allCases { #expect(page.contains(".It Ev \(setting.variable)\n")) }
    }

    @Test("what a page cannot hold as it is, is escaped")
    func escapes() {
        var page = Mdoc()
        page.line(".Sh no macro \\fB --flag -x")
        #expect(page.text == "\\&.Sh no macro \\efB \\-\\-flag \\-x\n")
        #expect(Mdoc.argument("In the \"Nd\" of a") == "\\&In the \\(dqNd\\(dq of a")
    }

    @Test("a date that is none, and a folder that is not there, are refused")
    func refused() throws {
        let wrong = try Deployment.run(Deployment.program.path, ["manual", "/tmp", "--date", "yesterday"])
        #expect(wrong.code == 64 && wrong.output.contains("2026-01-31"))
        let missing = try Deployment.run(Deployment.program.path, ["manual", "/nowhere/man1"])
        #expect(missing.code == 74 && missing.output.contains("/nowhere/man1/gapless.1"))
    }
}
