import Glibc

/// A folder of our own for databases and files, which goes in the end.
struct WorkFolder {
    let path: String

    /// Makes one under TMPDIR, else /var/tmp (a disk: /tmp may be memory).
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array((parent + "/gapless-bench-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallFailure("mkdtemp", parent) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The path of something in it.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes an empty folder in it; one that is there already goes first.
    func makeFolder(_ name: String) throws -> String {
        try remove(name)
        let path = path(name)
        guard mkdir(path, 0o700) == 0 else { throw SystemCallFailure("mkdir", path) }
        return path
    }

    /// Removes something in it, if it is there.
    func remove(_ name: String) throws {
        if access(path(name), F_OK) == 0 { try Self.removeTree(path(name)) }
    }

    /// Removes all of it.
    func remove() throws { try Self.removeTree(path) }

    /// What is gone already, as a socket that its process removes at its end, is no failure.
    private static func removeTree(_ path: String) throws {
        for name in try names(in: path) where name != "." && name != ".." { try removeTree("\(path)/\(name)") }
        guard Glibc.remove(path) == 0 || errno == ENOENT else { throw SystemCallFailure("remove", path) }
    }

    /// The names in a folder; none for what is no folder.
    private static func names(in path: String) throws -> [String] {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [] }
        guard let stream = opendir(path) else { throw SystemCallFailure("opendir", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let found = readdir(stream) {
            withUnsafeBytes(of: &found.pointee.d_name) { bytes in
                names.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
            }
        }
        return names
    }
}
