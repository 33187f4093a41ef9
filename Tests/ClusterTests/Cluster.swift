// Goal: real processes of the real program, started, signalled and waited for by id.
// Method: each test has a folder of its own; every process is a child that ends with its test, whatever happens.

import Foundation
import Testing

/// A database in a temporary folder and processes of `gapless` that work on it.
final class Cluster {
    let directory: String
    /// The program that is run.
    let program: URL
    /// What the processes find in their environment beside what this one has.
    var environment: [String: String] = [:]
    private var processes: [Process] = []

    init(program: URL = Cluster.program) throws {
        self.program = program
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "gapless-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        directory = folder.path
    }

    deinit {
        for process in processes where process.isRunning {
            kill(process.processIdentifier, SIGCONT)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            print("a test's folder stays behind: \(error)")
        }
    }

    var database: String { directory + "/db" }

    /// The program, built beside the tests.
    static var program: URL {
        Bundle.allBundles.map(\.bundleURL).first { $0.path.hasSuffix(".xctest") }?.deletingLastPathComponent()
            .appendingPathComponent("gapless")
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
                "gapless")
    }

    /// The longest that a command may run, in seconds, on a machine under load.
    private static let secondsMax = 180.0

    /// What a command printed and how it ended.
    struct Result {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Runs a command to its end.
    @discardableResult
    func run(_ arguments: String..., input: String? = nil) throws -> Result {
        try run(arguments, input: input)
    }

    func run(_ arguments: [String], input: String? = nil) throws -> Result {
        let (process, output, errors) = try launch(arguments, input: input)
        // A command that hangs is killed, so that its test fails and says why.
        let pid = process.processIdentifier
        let alarm = DispatchWorkItem { kill(pid, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + Cluster.secondsMax, execute: alarm)
        defer { alarm.cancel() }
        let text = output.text()
        let complaints = errors.text()
        process.waitUntilExit()
        return Result(code: process.terminationStatus, output: text, errors: complaints)
    }

    /// Starts a process that goes on; its log goes to a file in the folder.
    func start(_ arguments: String...) throws -> Process { try start(arguments, environment: [:]) }

    /// The same with variables beside those of this process.
    func start(_ arguments: [String], environment: [String: String]) throws -> Process {
        let process = Process()
        process.executableURL = program
        process.environment = ProcessInfo.processInfo.environment.merging(self.environment) { $1 }
            .merging(environment) { $1 }
        process.arguments = arguments + ["--db", database]
        let log = directory + "/log-\(processes.count)"
        try Data().write(to: URL(fileURLWithPath: log))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        process.standardError = file
        process.standardOutput = file
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
        return process
    }

    private func launch(_ arguments: [String], input: String?) throws -> (Process, Collected, Collected) {
        let process = Process()
        process.executableURL = program
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.arguments = arguments + ["--db", database]
        let (output, errors) = (Collected(), Collected())
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        let feed = Pipe()
        process.standardInput = feed
        try process.run()
        output.collect()
        errors.collect()
        if let input { feed.fileHandleForWriting.write(Data(input.utf8)) }
        try feed.fileHandleForWriting.close()
        return (process, output, errors)
    }

    /// All that the processes wrote to their logs.
    func logs() throws -> String {
        try (0..<processes.count).map { try String(contentsOfFile: directory + "/log-\($0)", encoding: .utf8) }.joined()
    }

    /// Asks again and again until the answer is true, at most for `seconds`.
    func until(_ what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
        let deadline = Date().addingTimeInterval(seconds)
        while try !condition() {
            if Date() > deadline {
                Issue.record("not within \(seconds) s: \(what)\n\(try logs())")
                return
            }
            usleep(5_000)
        }
    }

    /// The fields of a command's JSON.
    func json(_ arguments: String...) throws -> Any {
        let result = try run(arguments + ["--json"])
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    }

    func state(of index: String) throws -> String {
        let shown = try json("index", "show", index) as? [String: Any]
        return shown?["state"] as? String ?? "gone"
    }

    /// Records `{"id": i, "email": "uI@x", "tags": [...]}` as NDJSON.
    static func people(_ range: Range<Int>, email: String = "u") -> String {
        let pad = String(repeating: "x", count: 80)
        return range.map {
            #"{"id":\#($0),"email":"\#(email)\#($0)@x","tags":["t\#($0 % 5)",null],"pad":"\#(pad)"}"#
        }
        .joined(separator: "\n") + "\n"
    }
}

/// Collects what a process writes, so that it never waits for its reader.
final class Collected: @unchecked Sendable {  // `bytes` is read only after `done` has been signalled
    let pipe = Pipe()
    private var bytes = Data()
    private let done = DispatchSemaphore(value: 0)

    func collect() {
        Thread.detachNewThread { [self] in
            bytes = pipe.fileHandleForReading.readDataToEndOfFile()
            done.signal()
        }
    }

    func text() -> String {
        done.wait()
        return String(decoding: bytes, as: UTF8.self)
    }
}
