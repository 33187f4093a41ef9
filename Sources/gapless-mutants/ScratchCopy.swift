import FoundationEssentials
import Glibc
import Supervision

/// A copy of the repository's files with all mutants in it, which is built once.
///
/// Kept between runs it is brought up to date by writing only what differs, so that a build does only what is new.
struct ScratchCopy {
    /// The folder of the repository.
    let repository: String
    /// The folder of the copy.
    let folder: String

    /// Makes the copy equal to the repository's files, but for the mutants.
    func update(_ mutants: [Mutant]) throws {
        let paths = try trackedFiles()
        let byFile = Dictionary(grouping: mutants, by: \.file)
        var written: Set<String> = []
        for path in paths {
            let source = "\(repository)/\(path)"
            var data = try Data(contentsOf: URL(filePath: source))
            if let mutants = byFile[path] {
                data = Data(try Mutation.apply(mutants, to: String(decoding: data, as: UTF8.self)).utf8)
            }
            let isProgram = FileManager.default.isExecutableFile(atPath: source)
            try write(data, to: path, mode: isProgram ? 0o755 : 0o644)
            written.insert(path)
        }
        for (module, mutants) in Dictionary(grouping: mutants, by: \.module) {
            let path = "Sources/\(module)/MutantSwitches.swift"
            try write(Data(Mutation.switches(for: mutants).utf8), to: path, mode: 0o644)
            written.insert(path)
        }
        try removeOthers(than: written)
    }

    /// Paths of files that git knows or would take, and the resolved versions of dependencies, which it ignores.
    private func trackedFiles() throws -> [String] {
        let command = Command(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], in: repository)
        let names = try command.output().split(separator: "\0").map(String.init)
        return (names + ["Package.resolved"]).filter {
            FileManager.default.fileExists(atPath: "\(repository)/\($0)")
        }
    }

    private func write(_ data: Data, to path: String, mode: UInt32) throws {
        let target = "\(folder)/\(path)"
        let isThere = FileManager.default.fileExists(atPath: target)
        let isSame = try isThere && Data(contentsOf: URL(filePath: target)) == data
        if !isSame {
            let parent = URL(filePath: target).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try data.write(to: URL(filePath: target))
        }
        guard chmod(target, mode) == 0 else { throw MutantsFailure("cannot change the mode of \(target)") }
    }

    /// Removes what an earlier run left, but for what was built.
    private func removeOthers(than written: Set<String>) throws {
        for top in ["Sources", "Tests"] {
            let found = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(top)").map { "\(top)/\($0)" }
            for path in found where !written.contains(path) {
                var isFolder = false
                guard FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder), !isFolder
                else { continue }
                try FileManager.default.removeItem(atPath: "\(folder)/\(path)")
            }
        }
    }
}
