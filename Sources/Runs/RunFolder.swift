internal import Glibc

/// Where the runs of an environment lie: `runs/<job, 16 hex digits>/r<range>-a<attempt>-i<index>.run` below its folder.
///
/// Folders have mode 0700, files 0600. A file that is still being written has `.tmp` behind its name and is no run.
public struct RunFolder: Hashable, Sendable {
    /// What ends the name of a run.
    public static let runSuffix = ".run"
    /// What ends the name of an unfinished run, behind the suffix of a run.
    public static let unfinishedSuffix = ".tmp"

    /// The folder of all jobs' runs.
    public let root: String

    /// The runs of the environment in this folder.
    public init(environment folder: String) {
        root = folder + "/runs"
    }

    /// The folder of one job's runs.
    public func folder(job: UInt64) -> String {
        let hex = String(job, radix: 16)
        return root + "/" + String(repeating: "0", count: 16 - hex.count) + hex
    }

    /// The path of a run by the name that its `RunSummary` has.
    public func path(job: UInt64, file: String) -> String {
        folder(job: job) + "/" + file
    }

    /// The path of the run with this identity.
    public func path(of identity: RunIdentity) -> String {
        path(job: identity.job, file: identity.fileName)
    }

    /// Creates a job's folder, durably, unless it is there.
    public func create(job: UInt64) throws(RunError) {
        try Self.create(root)
        try Self.create(folder(job: job))
    }

    /// The jobs that have a folder, in ascending order.
    public func jobs() throws(RunError) -> [UInt64] {
        let numbers = try Self.names(in: root).compactMap { name in name.count == 16 ? UInt64(name, radix: 16) : nil }
        return numbers.filter { folder(job: $0).hasPrefix(root) }.sorted()
    }

    /// The names of a job's finished runs, in ascending order; none if it has no folder.
    public func runs(job: UInt64) throws(RunError) -> [String] {
        try Self.names(in: folder(job: job)).filter { $0.hasSuffix(Self.runSuffix) }.sorted()
    }

    /// The names of a job's unfinished runs: of writers at work, or of processes that died.
    public func unfinished(job: UInt64) throws(RunError) -> [String] {
        try Self.names(in: folder(job: job)).filter { $0.hasSuffix(Self.runSuffix + Self.unfinishedSuffix) }.sorted()
    }

    /// Removes files of a job by name; a file that is not there is no error.
    public func remove(job: UInt64, files: [String]) throws(RunError) {
        for file in files { try Self.remove(path(job: job, file: file), call: "unlink", unlink) }
    }

    /// Removes a job's folder and all in it; what is not there is no error.
    public func remove(job: UInt64) throws(RunError) {
        let folder = folder(job: job)
        try remove(job: job, files: Self.names(in: folder))
        try Self.remove(folder, call: "rmdir", rmdir)
    }
}

extension RunFolder {
    private static func create(_ folder: String) throws(RunError) {
        if mkdir(folder, 0o700) != 0 {
            guard errno == EEXIST else { throw RunError(path: folder, call: "mkdir", errno: errno) }
        }
        // Even if it was there: whoever made it may have died before this.
        let parent = parentFolder(of: folder)
        _ = try checked("fsync", parent) { FileCalls.system.syncFolder(parent) }
    }

    private static func remove(
        _ path: String, call: String, _ remover: (UnsafePointer<CChar>) -> Int32
    ) throws(RunError) {
        if remover(path) != 0 && errno != ENOENT { throw RunError(path: path, call: call, errno: errno) }
    }

    /// The names in a folder but "." and ".."; none if it is not there.
    private static func names(in folder: String) throws(RunError) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw RunError(path: folder, call: "opendir", errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let found = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &found.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        if errno != 0 { throw RunError(path: folder, call: "readdir", errno: errno) }
        return names
    }
}

/// The folder that holds a file; "." for a bare name.
func parentFolder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
