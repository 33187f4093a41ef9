import Foundation
import Testing

/// Goal: the pages of GaplessKit come out of DocC without a warning: each link leads somewhere.
/// Method: the toolchain's own symbolgraph-extract and docc, on the module beside the tests.
@Suite struct DocumentationTests {
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

    @Test("the catalog converts without a warning, and holds the articles")
    func converts() throws {
        let scratch = try Scratch()
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        #if arch(arm64)
            let target = "aarch64-unknown-linux-gnu"
        #else
            let target = "x86_64-unknown-linux-gnu"
        #endif
        let extract = [
            "swift", "symbolgraph-extract", "-module-name", "GaplessKit", "-I", BuiltProgram.url("Modules").path,
            "-target", target, "-output-dir", scratch.folder,
        ]
        let graph = try run(extract + moduleMaps(root).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] })
        try #require(graph.code == 0, "\(graph.output)")
        let pages = try run([
            "docc", "convert", root.appending(path: "Sources/GaplessKit/GaplessKit.docc").path,
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
}
