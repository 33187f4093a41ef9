// Goal: builds by real processes stay whole whatever happens to the processes, their calls and their disk.
// Method: twenty rounds of gapless-chaos on the program beside these tests, from a seed that is printed; the driver
// itself judges each round, and here only whether it did and what it met.
import Foundation
import Testing

@Suite("Chaos", .serialized)
struct ChaosTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    private struct Outcome {
        let code: Int32
        let output: String
    }

    private func run(_ program: URL, _ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(code: process.terminationStatus, output: output)
    }

    /// The library that makes calls fail, compiled anew.
    private func library() throws -> String {
        let path = Self.products.appending(path: "faulty-calls.so").path
        let source = Self.root.appending(path: "Tests/FaultyCalls/faulty-calls.c").path
        let compiled = try run(
            URL(filePath: "/usr/bin/cc"), ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, source, "-ldl"])
        try #require(compiled.code == 0, "\(compiled.output)")
        return path
    }

    @Test("S4, S5, P3, O2, O5, W4, R1: twenty rounds of chaos leave every index whole and no answer short")
    func twentyRounds() throws {
        let chaos = try run(
            Self.products.appending(path: "gapless-chaos"), ["--rounds", "20", "--faulty-calls", library()])
        print(chaos.output)
        #expect(chaos.code == 0, "\(chaos.output)")
        #expect(chaos.output.contains("20 rounds whole"))
        for met in ["worker killed", "coordinator killed", "query answered completely", "write during a build"] {
            #expect(!chaos.output.contains("       0  \(met)"), "never met: \(met)")
        }
    }

    @Test("the chaos can fail: a program that answers short is caught")
    func shortAnswersAreCaught() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gapless-short-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: folder) } catch { Issue.record("\(error)") }
        }
        // Stands before the real program and swallows the first row of every answer.
        let liar = folder.appending(path: "gapless")
        let real = Self.products.appending(path: "gapless").path
        let script = """
            #!/bin/bash
            if [ "$1" = query ]; then set -o pipefail; '\(real)' "$@" | sed 1d; else exec '\(real)' "$@"; fi

            """
        try Data(script.utf8).write(to: liar)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: liar.path)
        let chaos = try run(
            Self.products.appending(path: "gapless-chaos"),
            ["--rounds", "6", "--program", liar.path, "--db", folder.path])
        #expect(chaos.code == 1)
        #expect(chaos.output.contains("is missing") || chaos.output.contains("rows are missing"), "\(chaos.output)")
    }
}
