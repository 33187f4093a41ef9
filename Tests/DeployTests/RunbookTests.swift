// Goal: the runbook quotes what the program says, and what the program tells its users to do can be done.
// Method: string literals of the sources; the program's own parser for each command, in the runbook and in messages.
import Foundation
import Testing

@Suite("The runbook")
struct RunbookTests {
    /// Read once: there are many sources.
    private static let said = Result { try literals() }

    private static func literals() throws -> String {
        var literals = SourceLiterals()
        let sources = Deployment.root.appending(path: "Sources")
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where path.hasSuffix(".swift") {
            guard !path.contains("Generated"), !path.hasPrefix("gapless-") else { continue }
            literals.add(try String(contentsOf: sources.appending(path: path), encoding: .utf8))
        }
        return literals.text
    }

    /// The part of a message that is in no literal; nil if all are there.
    private static func missing(of message: String, in text: String) -> String? {
        SourceLiterals.parts(of: message).first { !text.contains($0) }
    }

    @Test("literals are joined and cut as the program says them; what no source says is missed")
    func scanner() {
        var literals = SourceLiterals()
        literals.add(#"let a = "the range \(id(of: "x")) is " + "given up" // "never""# + "\nlet b = \"other\"\n")
        #expect(Self.missing(of: "the range <n> is given up", in: literals.text) == nil)
        #expect(Self.missing(of: "the range <n> is given back", in: literals.text) == " is given back")
        #expect(Self.missing(of: "never", in: literals.text) == "never")
        #expect(Self.missing(of: "given upother", in: literals.text) != nil)
    }

    @Test("every message quoted in deploy/ is one that the sources can say")
    func messages() throws {
        let text = try Self.said.get()
        var count = 0
        for path in try Deployment.files(ending: ".md") {
            for (number, message) in Page(try Deployment.text(path)).said {
                count += 1
                if let part = Self.missing(of: message, in: text) {
                    Issue.record("deploy/\(path):\(number): no source says '\(part)': \(message)")
                }
            }
        }
        #expect(count >= 30, "\(count)")
    }

    @Test("every section of the runbook says what is seen, what it means and what to do")
    func sections() throws {
        let text = try Deployment.text("RUNBOOK.md")
        let sections = text.components(separatedBy: "\n## ").dropFirst()
        #expect(sections.count >= 20)
        for section in sections {
            let name = section.split(separator: "\n").first ?? ""
            for part in ["**Seen.**", "**Means.**", "**Do.**"] { #expect(section.contains(part), "\(name): \(part)") }
        }
        let index = text.components(separatedBy: "\n## ")[0]
        for section in sections {
            let name = String(section.split(separator: "\n").first ?? "")
            let anchor = name.lowercased().replacing(" ", with: "-").filter { $0.isLetter || $0.isNumber || $0 == "-" }
            #expect(index.contains("(#\(anchor))"), "the list at the head has no line for \(name): #\(anchor)")
        }
    }

    @Test("every command that a message of the program tells its user to run exists")
    func advice() throws {
        let text = try Self.said.get()
        var count = 0
        for range in text.ranges(of: "gapless ") {
            let words = text[range.upperBound...].prefix { $0.isLowercase || $0 == " " }.split(separator: " ")
            guard let first = words.first.map(String.init), CommandLine.isCommand([first]) else { continue }
            count += 1
            guard words.count > 1, CommandLine.hasSubcommands(first) else { continue }
            let path = [first, String(words[1])]
            #expect(CommandLine.isCommand(path[...]), "a message says: gapless \(path.joined(separator: " "))")
        }
        #expect(count > 20, "\(count)")
    }
}
