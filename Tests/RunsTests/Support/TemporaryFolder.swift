import Glibc

/// A folder of its own for one test, removed with all in it at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/gapless-runs-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(call: "mkdtemp", errno: errno) }
        path = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        var names: [String] = []
        if let stream = opendir(path) {
            while let found = readdir(stream) {
                let name = withUnsafeBytes(of: &found.pointee.d_name) { [UInt8]($0.prefix { $0 != 0 }) }
                names.append(String(decoding: name, as: UTF8.self))
            }
            closedir(stream)
        }
        for name in names where name != "." && name != ".." { remove(path + "/" + name) }
        if rmdir(path) != 0 { print("\(path) could not be removed: \(errno)") }
    }

    struct Failure: Error {
        let call: String
        let errno: Int32
    }

    func contents(of name: String) throws -> [UInt8] {
        guard let file = fopen(path + "/" + name, "r") else { throw Failure(call: "fopen", errno: errno) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        guard let file = fopen(path + "/" + name, "w") else { throw Failure(call: "fopen", errno: errno) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(call: "fwrite", errno: errno) }
    }

    func exists(_ name: String) -> Bool { access(path + "/" + name, F_OK) == 0 }

    func mode(of name: String) throws -> UInt32 {
        var status = stat()
        guard stat(path + "/" + name, &status) == 0 else { throw Failure(call: "stat", errno: errno) }
        return UInt32(status.st_mode) & 0o777
    }
}
