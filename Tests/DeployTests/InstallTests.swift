// Goal: scripts/install puts program, completions and manual where a Debian system looks for them, and nothing else.
// Method: it installs the program beside the tests below a folder of the test's own.
import Foundation
import Testing

@Suite("scripts/install")
struct InstallTests {
    private func install(_ arguments: String...) throws -> Deployment.Ended {
        try Deployment.run(
            Deployment.root.appending(path: "scripts/install").path, arguments, environment: ["SOURCE_DATE_EPOCH": "0"])
    }

    @Test("puts each thing in its place below destdir and prefix")
    func places() throws {
        try Deployment.withFolder { folder in
            let ended = try install("--destdir", folder, "--prefix", "/usr", "--program", Deployment.program.path)
            try #require(ended.code == 0, "\(ended.output)")
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
            let others = files.filter { !$0.hasPrefix("usr/share/man/man1/gapless") }.sorted()
            #expect(
                others == [
                    "usr/bin/gapless", "usr/share/bash-completion/completions/gapless",
                    "usr/share/fish/vendor_completions.d/gapless.fish", "usr/share/zsh/site-functions/_gapless",
                ])
            #expect(files.count > 35)
            let version = try Deployment.run("\(folder)/usr/bin/gapless", ["--version"])
            #expect(version.code == 0)
            let page = try String(contentsOfFile: "\(folder)/usr/share/man/man1/gapless.1", encoding: .utf8)
            #expect(page.hasPrefix(".Dd January 1, 1970\n"))
        }
    }

    @Test("wrong arguments change nothing and say what would be right")
    func refused() throws {
        try Deployment.withFolder { folder in
            for arguments in [["--prefix"], ["--prefix", "usr"], ["--where", "/usr"], ["--program", "/etc/passwd"]] {
                let ended = try Deployment.run(
                    Deployment.root.appending(path: "scripts/install").path, ["--destdir", folder] + arguments)
                #expect(ended.code == 64, "\(arguments): \(ended.output)")
                #expect(ended.output.contains("scripts/install --help"))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
        let help = try install("--help")
        #expect(help.code == 0 && help.output.contains("--destdir"))
    }
}
