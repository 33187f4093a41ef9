import Foundation
import Glibc
import Supervision

/// One executable of `gapless`, working on the rehearsal's database.
struct Program: Sendable {
    /// What a command said and how it ended.
    struct Answer: Sendable {
        let code: Int32
        let output: [UInt8]
        let errors: String

        /// The first line of what it complained about.
        var complaint: String { errors.split(separator: "\n").first.map(String.init) ?? "exit code \(code)" }
    }

    let path: String
    let directory: String
    let processes: Processes
    let environment: [String: String]

    init(_ path: String, directory: String, processes: Processes, recordsPerRange: Int?) throws {
        self.path = path
        self.directory = directory
        self.processes = processes
        // What the operator's shell sets for the real service must not reach the rehearsal's.
        var environment = ["GAPLESS_DB", "GAPLESS_LISTEN", "GAPLESS_COORDINATOR", "GAPLESS_CONFIG", "NOTIFY_SOCKET"]
            .reduce(into: [String: String]()) { $0[$1] = "" }
        environment[ParentWatch.variable] = try ProcessIdentity.current().description
        environment["GAPLESS_RECORDS_PER_RANGE"] = recordsPerRange.map(String.init) ?? ""
        self.environment = environment
    }

    /// Runs a command to its end, whatever its end is.
    @available(*, noasync)
    func run(_ arguments: [String], onOutput: ((ArraySlice<UInt8>) throws -> Void)? = nil) throws -> Answer {
        let spec = ChildSpec(
            name: arguments[0], executable: path, arguments: arguments + ["--db", directory], environment: environment)
        let captured = try processes.capture(spec, onOutput: onOutput)
        let errors = String(decoding: captured.errors, as: UTF8.self)
        switch captured.exit {
        case .code(let code): return Answer(code: code, output: captured.output, errors: errors)
        case .signal:
            try processes.requireGoingOn()
            throw RehearsalFailure("gapless \(arguments.joined(separator: " ")) ended by \(captured.exit): \(errors)")
        }
    }

    /// Runs a command that must succeed.
    @available(*, noasync)
    @discardableResult
    func require(_ arguments: String...) throws -> Answer {
        let answer = try run(arguments)
        guard answer.code == 0 else {
            throw RehearsalFailure(
                "gapless \(arguments.joined(separator: " ")) ended with exit code \(answer.code): \(answer.errors)")
        }
        return answer
    }

    /// What a command that must succeed prints as JSON.
    @available(*, noasync)
    func decode<Shape: Decodable>(_ shape: Shape.Type, _ arguments: String...) throws -> Shape {
        let answer = try run(arguments + ["--json"])
        guard answer.code == 0 else {
            throw RehearsalFailure(
                "gapless \(arguments.joined(separator: " ")) ended with exit code \(answer.code): \(answer.errors)")
        }
        return try JSONDecoder().decode(shape, from: Data(answer.output))
    }

    /// A process that goes on, its words appended to a file.
    func service(_ name: String, _ arguments: [String], log: String) -> ChildSpec {
        ChildSpec(
            name: name, executable: "/bin/sh",
            // exec: the process is the program's own.
            arguments: ["-c", "exec \"$@\" >>\"$GAPLESS_REHEARSAL_LOG\" 2>&1", "sh", path] + arguments
                + ["--db", directory],
            environment: environment.merging(["GAPLESS_REHEARSAL_LOG": log]) { $1 })
    }

    /// The `gapless` in the folder of this very executable.
    static func besideThisOne() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: path).deletingLastPathComponent().appending(path: "gapless").path
    }

    /// Where a file is, which must be there.
    static func absolutePath(_ path: String) throws -> String {
        guard access(path, R_OK) == 0 else {
            throw RehearsalFailure("\(path): \(String(cString: strerror(errno))): build it first, or name another")
        }
        return URL(filePath: path).standardizedFileURL.path
    }
}

/// The rehearsal cannot go on: one sentence on why.
struct RehearsalFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Lines for whoever watches, on standard error.
enum Progress {
    static func say(_ text: String) {
        let line = text + "\n"
        // Nobody may be left to read it; the report and the exit code say the same.
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }

    /// `round 2      worker 1234 left`
    static func say(_ subject: String, _ text: String) {
        say(subject.padding(toLength: max(12, subject.count + 1), withPad: " ", startingAt: 0) + text)
    }
}
