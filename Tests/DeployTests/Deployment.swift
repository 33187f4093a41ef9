import Foundation
import Testing

/// The files under `deploy/`, and the tools that read them.
enum Deployment {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = root.appending(path: "deploy")

    /// The programs, built beside the tests.
    static let program: URL =
        (Bundle.allBundles.map(\.bundleURL).first { $0.path.hasSuffix(".xctest") }?.deletingLastPathComponent()
        ?? URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()).appending(path: "gapless")

    static func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    /// The paths of the files with this ending, from `deploy/` on.
    static func files(ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(ending) }.sorted()
    }

    struct Ended {
        let code: Int32
        let output: String
    }

    /// Runs a tool to its end; what it said on both streams.
    static func run(
        _ tool: String, _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:]
    ) throws -> Ended {
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return Ended(code: process.terminationStatus, output: output)
    }

    /// A program in Python, with arguments; Debian's Python, whose packages scripts/setup installs.
    static func python(_ program: String, _ arguments: String...) throws -> Ended {
        try run("/usr/bin/python3", ["-c", program] + arguments)
    }

    /// The documents of a YAML file.
    static func yaml(_ path: String) throws -> [[String: Any]] {
        let ended = try python(
            "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))",
            folder.appending(path: path).path)
        try #require(ended.code == 0, "\(path): \(ended.output)")
        return try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]] ?? []
    }

    /// A folder that is removed after `body`.
    static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "gapless-deploy-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let result = Result { try body(url.path) }
        try FileManager.default.removeItem(at: url)
        return try result.get()
    }
}
