import Foundation
import Testing

/// Goal: the pages of GaplessKit come out of DocC without a warning: each link leads somewhere; and nothing public
/// changes by accident, for its version promises that.
/// Method: the toolchain's own symbolgraph-extract and docc, on the module beside the tests.
@Suite struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private struct Ended {
        let code: Int32
        let output: String
    }

    /// Where the C modules are described: in the sources, or where the package manager does it itself.
    private func moduleMaps(_ root: URL) throws -> [String] {
        let sources = root.appending(path: "Sources")
        return try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted().compactMap { name in
            [
                sources.appending(path: "\(name)/module.modulemap"),
                sources.appending(path: "\(name)/include/module.modulemap"),
                BuiltProgram.url("\(name).build/module.modulemap"),
            ].map(\.path).first(where: FileManager.default.fileExists)
        }
    }

    private func run(_ words: [String]) throws -> Ended {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return Ended(code: process.terminationStatus, output: output)
    }

    /// Writes what is public into a folder, as JSON.
    private func extractSymbols(into folder: String) throws {
        #if arch(arm64)
            let target = "aarch64-unknown-linux-gnu"
        #else
            let target = "x86_64-unknown-linux-gnu"
        #endif
        let extract = [
            "swift", "symbolgraph-extract", "-module-name", "GaplessKit", "-I", BuiltProgram.url("Modules").path,
            "-target", target, "-output-dir", folder,
        ]
        let graph = try run(extract + moduleMaps(Self.root).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] })
        try #require(graph.code == 0, "\(graph.output)")
    }

    @Test("the catalog converts without a warning, and holds the articles")
    func converts() throws {
        let scratch = try Scratch()
        try extractSymbols(into: scratch.folder)
        let pages = try run([
            "docc", "convert", Self.root.appending(path: "Sources/GaplessKit/GaplessKit.docc").path,
            "--additional-symbol-graph-dir", scratch.folder, "--output-path", "\(scratch.folder)/pages",
            "--fallback-display-name", "GaplessKit", "--fallback-bundle-identifier", "gapless.GaplessKit",
        ])
        #expect(pages.code == 0 && !pages.output.contains("warning:"), "\(pages.output)")
        let data = "\(scratch.folder)/pages/data/documentation/gaplesskit"
        let names = try FileManager.default.contentsOfDirectory(atPath: data)
        for name in ["tutorial.json", "transactions.json", "building.json", "versions.json", "database.json"] {
            #expect(names.contains(name))
        }
    }

    /// As much of a symbol graph as tells what is public.
    private struct Graph: Decodable {
        struct Symbol: Decodable {
            struct Identifier: Decodable { let precise: String }
            struct Fragment: Decodable { let spelling: String }

            let identifier: Identifier
            let pathComponents: [String]
            let declarationFragments: [Fragment]?
            let docComment: DocComment?

            /// `Database.open(_:creation:): static func open(...)`.
            var line: String {
                let declaration = (declarationFragments ?? []).map(\.spelling).joined()
                return pathComponents.joined(separator: ".") + ": "
                    + declaration.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
        }
        struct DocComment: Decodable {}

        let symbols: [Symbol]
    }

    @Test("what is public is what Tests/GaplessKitTests/PublicAPI.txt lists, and all of it is documented")
    func publicAPI() throws {
        let scratch = try Scratch()
        try extractSymbols(into: scratch.folder)
        let json = try Data(contentsOf: URL(filePath: "\(scratch.folder)/GaplessKit.symbols.json"))
        let symbols = try JSONDecoder().decode(Graph.self, from: json).symbols
            .filter { !$0.identifier.precise.contains("::SYNTHESIZED::") }
        let list = Self.root.appending(path: "Tests/GaplessKitTests/PublicAPI.txt")
        let listed = Set(try String(contentsOf: list, encoding: .utf8).split(separator: "\n").map(String.init))
        let found = Set(symbols.map(\.line))
        #expect(found.count > 100)
        let gone = listed.subtracting(found).sorted().joined(separator: "\n")
        #expect(gone.isEmpty, "gone or changed, which takes a new major version:\n\(gone)")
        let new = found.subtracting(listed).sorted().joined(separator: "\n")
        #expect(new.isEmpty, "new, which takes a new minor version and these lines in PublicAPI.txt:\n\(new)")
        let silent = symbols.filter { $0.docComment == nil }.map(\.line)
        #expect(silent.isEmpty, "without documentation: \(silent)")
    }
}
