import Glibc
import Tables

/// Where the database and the generated file lie: a folder of the user's that stays, or one of our own that goes.
struct WorkFolder {
    /// The folder of the database.
    let database: String
    /// Where the generated records are written before they are imported.
    let input: String
    private let own: String?
    /// The folder that holds both.
    var parent: String { own ?? database }

    /// `database` is the user's folder; nil makes one under TMPDIR, else /var/tmp (a disk: /tmp may be memory).
    init(database: String?) throws {
        if let database {
            (self.database, input, own) = (database, database + ".ndjson", nil)
            return
        }
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array((parent + "/gapless-bench-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallFailure("mkdtemp", parent) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        (self.database, input, own) = (folder + "/db", folder + "/records.ndjson", folder)
    }

    /// Removes the generated records.
    func removeInput() throws {
        guard unlink(input) == 0 || errno == ENOENT else { throw SystemCallFailure("unlink", input) }
    }

    /// Removes all that is ours.
    func remove() throws {
        try removeInput()
        if let own { try Self.removeTree(own) }
    }

    private static func removeTree(_ path: String) throws {
        for name in try names(in: path) where name != "." && name != ".." { try removeTree("\(path)/\(name)") }
        guard Glibc.remove(path) == 0 else { throw SystemCallFailure("remove", path) }
    }

    /// The names in a folder; none for what is no folder.
    private static func names(in path: String) throws -> [String] {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SystemCallFailure("lstat", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [] }
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
