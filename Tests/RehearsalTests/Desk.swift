import Foundation
import Testing

/// A folder for one test, in which rehearsals run; they are ended with it.
final class Desk {
    let folder: String
    private var running: [Running] = []

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "gapless-desk-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit {
        for process in running { process.kill() }
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            print("a test's folder stays behind: \(error)")
        }
    }

    /// The root of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The programs, built beside the tests.
    static let bin: URL =
        Bundle.allBundles.map(\.bundleURL).first { $0.path.hasSuffix(".xctest") }?.deletingLastPathComponent()
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    static var program: URL { bin.appending(path: "gapless") }

    struct Ended {
        let code: Int32
        let output: String
        let errors: String
    }

    @discardableResult
    func run(_ program: URL, _ arguments: [String]) throws -> Ended {
        let process = try Running(program, arguments, folder: folder)
        running.append(process)
        return process.waitForEnd()
    }

    func startRehearsal(_ arguments: [String]) throws -> Running {
        let process = try Running(
            Desk.bin.appending(path: "gapless-rehearse"), ["--folder", folder, "--seed", "7"] + arguments,
            folder: folder)
        running.append(process)
        return process
    }

    func rehearse(_ arguments: [String]) throws -> Ended { try startRehearsal(arguments).waitForEnd() }

    func write(_ script: String, to path: String) throws {
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }

    /// The command lines of all processes that were started on a rehearsal's folder under ours.
    func processesOfRehearsal() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.compactMap { pid in
            // A process that has ended meanwhile has no command line any more.
            guard let bytes = try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline")) else { return nil }
            let line = String(decoding: bytes, as: UTF8.self).replacing("\0", with: " ")
            return line.contains(folder + "/gapless-rehearsal-") ? "\(pid) \(line)" : nil
        }
    }

    /// No process and no folder is left of any rehearsal.
    func expectNothingLeft() throws {
        let processes = try processesOfRehearsal()
        #expect(processes.isEmpty, "\(processes)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!names.contains { $0.hasPrefix("gapless-rehearsal-") }, "\(names)")
    }
}

/// A process whose words go to files.
final class Running {
    private let process = Process()
    private let outputPath: String
    private let errorPath: String

    init(_ program: URL, _ arguments: [String], folder: String) throws {
        let name = folder + "/said-" + UUID().uuidString
        (outputPath, errorPath) = (name + ".out", name + ".err")
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = try Running.file(outputPath)
        process.standardError = try Running.file(errorPath)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    private static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(filePath: path))
        return try FileHandle(forWritingTo: URL(filePath: path))
    }

    private func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// Waits until what it wrote to standard error is as wanted, or it has ended.
    func waitForError(_ isSo: (String) -> Bool) throws {
        while process.isRunning, !isSo(text(errorPath)) { usleep(20_000) }
        let said = text(errorPath)
        try #require(isSo(said), "\(said)")
    }

    func interrupt() { process.interrupt() }

    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    func waitForEnd() -> Desk.Ended {
        process.waitUntilExit()
        return Desk.Ended(code: process.terminationStatus, output: text(outputPath), errors: text(errorPath))
    }
}
