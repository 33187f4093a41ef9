// Goal: no command, flag or variable in deploy/ is one that the program does not have.
// Method: each command line quoted there goes through the program's own parser; variables are looked up in its sources.
import Foundation
import Testing

@Suite("Commands quoted in deploy/")
struct QuotedCommandTests {
    /// Variables of the configuration for supervisord itself.
    private static let ofSupervisord: Set<String> = ["GAPLESS_PROGRAM", "GAPLESS_RUN", "GAPLESS_LOGS"]

    private func expectSound(_ lines: [CommandLine], atLeast count: Int) {
        #expect(lines.count >= count, "only \(lines)")
        for line in lines { if let fault = line.fault { Issue.record("\(fault)") } }
    }

    @Test("a command, a flag and a value that the program does not have are found")
    func negative() {
        for words in [
            ["coordinator", "--stand-by"], ["coordinater"], ["worker", "--grace", "soon"], ["help", "index", "made"],
            ["index", "show"],
        ] {
            #expect(CommandLine(place: "here", words: words).fault != nil, "\(words)")
        }
        #expect(CommandLine(place: "here", words: ["help", "index", "create"]).fault == nil)
        let line = ShellLine("sudo -u gapless gapless query t \"a = 'x # y'\" --limit 3 | wc -l  # gapless nonsense")
        #expect(line.ofGapless == [["query", "t", "a = 'x # y'", "--limit", "3"]])
    }

    @Test("systemd: what the units start")
    func units() throws {
        let lines = try Deployment.files(ending: ".service").flatMap { path in
            try Deployment.text(path).split(separator: "\n").filter { $0.hasPrefix("ExecStart=") }.flatMap {
                ShellLine(String($0.dropFirst("ExecStart=".count))).ofGapless.map {
                    CommandLine(place: path, words: $0)
                }
            }
        }
        expectSound(lines, atLeast: 4)
    }

    @Test("supervisord: what the configuration starts")
    func supervisord() throws {
        let lines = try Deployment.text("supervisord/gapless.conf").split(separator: "\n")
            .filter { $0.hasPrefix("command=") }.map { line in
                CommandLine(
                    place: "supervisord/gapless.conf",
                    words: Array(line.split(separator: " ").dropFirst().map(String.init)))
            }
        expectSound(lines, atLeast: 2)
    }

    @Test("compose and Kubernetes: what the containers start")
    func containers() throws {
        var lines: [CommandLine] = []
        let services = try Deployment.yaml("container/compose.yaml").first?["services"] as? [String: [String: Any]]
        for (name, service) in services ?? [:] {
            if let words = service["command"] as? [String] {
                lines.append(CommandLine(place: "compose.yaml \(name)", words: words))
            }
            let check = (service["healthcheck"] as? [String: Any])?["test"] as? [String] ?? []
            for words in ShellLine(check.joined(separator: " ")).ofGapless {
                lines.append(CommandLine(place: "compose.yaml \(name) healthcheck", words: words))
            }
        }
        expectSound(lines, atLeast: 5)
        let template = try Deployment.yaml("kubernetes/statefulset.yaml").first?["spec"] as? [String: Any]
        let pod = (template?["template"] as? [String: Any])?["spec"] as? [String: Any]
        var containers: [CommandLine] = []
        for list in ["containers", "initContainers"] {
            for container in pod?[list] as? [[String: Any]] ?? [] {
                let place = "statefulset.yaml \(container["name"] ?? "")"
                if let words = container["args"] as? [String] {
                    containers.append(CommandLine(place: place, words: words))
                }
                let script = (container["command"] as? [String])?.last ?? ""
                containers += ShellLine(script).ofGapless.map { CommandLine(place: place, words: $0) }
            }
        }
        expectSound(containers, atLeast: 6)
    }

    @Test("pages: every command line in a block of shell or in a code span")
    func pages() throws {
        let pages = try Deployment.files(ending: ".md")
        #expect(pages.count >= 6)
        var lines: [CommandLine] = []
        for path in pages {
            for (number, code) in Page(try Deployment.text(path)).shell {
                lines += ShellLine(code).ofGapless.map { CommandLine(place: "deploy/\(path):\(number)", words: $0) }
            }
        }
        expectSound(lines, atLeast: 40)
    }

    @Test("every GAPLESS_ variable is one that the program, or the configuration of supervisord, reads")
    func variables() throws {
        var known = Self.ofSupervisord
        let sources = Deployment.root.appending(path: "Sources")
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where path.hasSuffix(".swift") {
            known.formUnion(Self.names(in: try String(contentsOf: sources.appending(path: path), encoding: .utf8)))
        }
        var count = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: Deployment.folder.path) {
            guard let text = try? Deployment.text(path) else { continue }  // a folder
            let unknown = Self.names(in: text).subtracting(known)
            #expect(unknown.isEmpty, "\(path): \(unknown.sorted())")
            count += Self.names(in: text).count
        }
        #expect(count > 20)
    }

    private static func names(in text: String) -> Set<String> {
        Set(
            text.ranges(of: "GAPLESS_").compactMap { range in
                let name = text[range.lowerBound...].prefix { $0.isUppercase || $0 == "_" }
                return name == "GAPLESS_" ? nil : String(name)
            })
    }
}
