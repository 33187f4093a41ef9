import Foundation

/// One text file of the repository: its path from the root and what it says.
struct RepositoryFile: Sendable {
    let path: String
    let source: SourceText

    init(path: String, text: String) {
        self.path = path
        self.source = SourceText(text)
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var isSwift: Bool { path.hasSuffix(".swift") }
    /// Code that a program wrote: held to no rule but that of its imports.
    var isGenerated: Bool { path.hasPrefix("Sources/Wire/Generated/") }
    /// The module that the file belongs to: `Sources/LMDB/Cursor.swift` is of `LMDB`; nil outside of `Sources`.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }
    var isTest: Bool { path.hasPrefix("Tests/") }
}

/// The files that are kept: a real checkout, or a few samples that a rule is tried on.
struct Repository: Sendable {
    var files: [RepositoryFile]
    var topLevel: [String]

    var swiftFiles: [RepositoryFile] { files.filter { $0.isSwift && !$0.isGenerated } }
    var modules: [String: [RepositoryFile]] {
        Dictionary(grouping: files.filter { $0.module != nil }) { $0.module ?? "" }
    }

    init(_ samples: [Sample]) {
        files = samples.map { RepositoryFile(path: $0.path, text: $0.text) }
        topLevel = Set(samples.compactMap { $0.path.split(separator: "/").first.map(String.init) }).sorted()
    }

    /// The repository that this file stands in.
    static func checkout(file: String = #filePath) throws -> Repository {
        let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let ignored = IgnoredNames(try String(contentsOf: root.appending(path: ".gitignore"), encoding: .utf8))
        var samples: [Sample] = []
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { !ignored.holds($0) }
        for name in names where name != ".git" {
            try collect(name, under: root, ignored: ignored, into: &samples)
        }
        var repository = Repository(samples.sorted { $0.path < $1.path })
        repository.topLevel = names.sorted()
        return repository
    }

    private static func collect(
        _ path: String, under root: URL, ignored: IgnoredNames, into samples: inout [Sample]
    ) throws {
        let url = root.appending(path: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            // What is not text is not read: no rule of the house speaks of it.
            if let text = String(data: try Data(contentsOf: url), encoding: .utf8) {
                samples.append(Sample(path, text))
            }
            return
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: url.path) where !ignored.holds(name) {
            try collect("\(path)/\(name)", under: root, ignored: ignored, into: &samples)
        }
    }
}

/// A file that exists only in a test of a rule.
struct Sample: Sendable {
    let path: String
    let text: String

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
    }
}

/// The names that `.gitignore` keeps out: plain names and `*.suffix`, which is all that ours uses.
private struct IgnoredNames {
    private var names: Set<String> = []
    private var suffixes: [String] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let name = line.hasSuffix("/") ? line.dropLast() : line
            if name.hasPrefix("*") {
                suffixes.append(String(name.dropFirst()))
            } else {
                names.insert(String(name.hasPrefix("/") ? name.dropFirst() : name))
            }
        }
    }

    func holds(_ name: String) -> Bool {
        names.contains(name) || suffixes.contains { name.hasSuffix($0) }
    }
}
