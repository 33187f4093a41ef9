import Foundation
import GaplessKit
import Testing

/// Goal: the article on versions names every format's version as the sources have it.
/// Method: each row of its table names a constant; the sources are searched for that.
@Suite struct VersionsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The constants and versions of the table.
    private func rows() throws -> [(type: String, constant: String, version: String)] {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/GaplessKit/GaplessKit.docc/Versions.md"), encoding: .utf8)
        return page.split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            let words = cells[2].split(separator: ".")
            return words.count == 2 ? (String(words[0]), String(words[1]), cells[3]) : nil
        }
    }

    @Test("the table says what the sources say")
    func table() throws {
        let rows = try rows()
        #expect(rows.count == 7)
        let folder = Self.root.appending(path: "Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") && !$0.contains("Generated") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        for (type, constant, version) in rows {
            let declared = try Regex("(enum|struct|class) \(type)\\b")
            let set = try Regex("static let \(constant)(: \\w+)? = (\\d+)\\b")
            let found = files.filter { $0.contains(declared) }.flatMap { $0.matches(of: set) }
            #expect(found.map { $0.output[2].substring.map(String.init) } == [version], "\(type).\(constant)")
        }
    }

    @Test("the version has the three numbers of semantic versioning")
    func semantic() throws {
        let parts = Gapless.version.split(separator: ".", omittingEmptySubsequences: false)
        #expect(parts.count == 3 && parts.allSatisfy { Int($0) != nil }, "\(Gapless.version)")
    }
}
