import Foundation
import GaplessKit
import Testing

/// A folder for one test, removed at its end.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        var template = Array("/tmp/gapless-kit-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record("the folder of a test stays behind: \(error)")
        }
    }

    /// The database of the folder.
    var database: String { "\(folder)/db" }
}

/// A program that was built beside the tests.
enum BuiltProgram {
    static func url(_ name: String) -> URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
    }

    /// Starts it; its standard output can be read line by line.
    static func start(_ name: String, _ arguments: [String]) throws -> (process: Process, output: FileHandle) {
        let process = Process()
        process.executableURL = url(name)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, pipe.fileHandleForReading)
    }

    /// Runs it to its end; what it printed.
    @discardableResult
    static func run(_ name: String, _ arguments: String...) throws -> String {
        let (process, output) = try start(name, arguments)
        let text = String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name) \(arguments): \(text)")
        return text
    }

    /// Builds all indexes of a database, as an operator does.
    static func build(_ database: String) throws { try run("gapless", "build", "--workers", "1", "--db", database) }
}

extension FileHandle {
    /// The next line, without its end; nil at the end.
    func nextLine() throws -> String? {
        var line: [UInt8] = []
        while let byte = try read(upToCount: 1)?.first {
            guard byte != UInt8(ascii: "\n") else { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}

struct Person: Codable, Hashable, Sendable {
    var id: Int
    var email: String
    var age: Int?

    static let table = Table<Person>("people", key: "id")
}

/// The error that `body` throws.
func error<R>(_ body: () throws -> R) -> DatabaseError? {
    #expect(throws: DatabaseError.self) { _ = try body() }
}
