import Foundation
import Testing

/// The program under test: the executable beside this test's own, run with a database of its own.
struct Program: ~Copyable {
    /// What one run left.
    struct Outcome {
        let exitCode: Int32
        let output: String
        let error: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// The one JSON object of standard output.
        func json() throws -> [String: Any] { try Self.object(output) }

        /// The fields of the JSON error on standard error.
        func errorFields() throws -> [String: Any] {
            let lines = error.split(separator: "\n")
            try #require(lines.count == 1, "one line: \(error)")
            return try #require(try Self.object(error)["error"] as? [String: Any])
        }

        private static func object(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
    }

    /// A folder for this test alone, removed at its end.
    let folder: URL
    var database: String { folder.appending(path: "db").path }

    init() throws {
        var template = Array("/tmp/gapless-command-XXXXXX".utf8CString)
        folder = URL(filePath: String(cString: try #require(mkdtemp(&template))), directoryHint: .isDirectory)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            Issue.record("the folder of a test stays behind: \(error)")
        }
    }

    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "gapless")
    }

    /// Runs it and waits for its end.
    borrowing func run(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) throws -> Outcome {
        try run(arguments, input: input, environment: environment)
    }

    borrowing func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> Outcome {
        let files = try ["in", "out", "err"].map { name in
            let url = folder.appending(path: "std\(name)")
            try Data((name == "in" ? input : "").utf8).write(to: url)
            return try name == "in" ? FileHandle(forReadingFrom: url) : FileHandle(forWritingTo: url)
        }
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        process.environment = ["GAPLESS_DB": database].merging(environment) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (files[0], files[1], files[2])
        try process.run()
        process.waitUntilExit()
        return Outcome(
            exitCode: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: try text("stdout"), error: try text("stderr"))
    }

    /// Runs it and requires that it succeeds without a word on standard error.
    @discardableResult
    borrowing func succeed(_ arguments: String..., input: String = "") throws -> Outcome {
        let outcome = try run(arguments, input: input)
        try #require(outcome.exitCode == 0, "\(arguments): \(outcome.error)")
        try #require(outcome.error == "", "\(arguments): \(outcome.error)")
        return outcome
    }

    /// Writes a file into the folder; its path.
    borrowing func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    borrowing func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }
}
