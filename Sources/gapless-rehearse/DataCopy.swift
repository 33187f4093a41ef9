import Foundation
import Glibc
import Supervision

/// A copy of an operator's database, which may be in use.
struct DataCopy {
    /// Of Debian's lmdb-utils. It reads one snapshot, and writes nothing but its reader's slot in lock.mdb.
    private static let tool = "/usr/bin/mdb_copy"

    let original: String
    let folder: WorkFolder
    let processes: Processes

    @available(*, noasync)
    func make() throws {
        guard access(Self.tool, X_OK) == 0 else {
            throw RehearsalFailure("\(Self.tool) is missing: install Debian's lmdb-utils")
        }
        var status = stat()
        guard stat(original + "/data.mdb", &status) == 0 else {
            throw RehearsalFailure("\(original) is no database: \(String(cString: strerror(errno)))")
        }
        let bytes = UInt64(status.st_blocks) * 512
        // The index, its runs and what applications write meanwhile come on top.
        try folder.requireRoom(bytes: bytes * 2 + 64 << 20, for: "the copy of \(original) and its index")
        Progress.say("copy", "\(original) (\(bytes >> 20) MiB) to \(folder.database), by mdb_copy")
        guard mkdir(folder.database, 0o700) == 0 else {
            throw RehearsalFailure("\(folder.database): \(String(cString: strerror(errno)))")
        }
        let answer = try processes.capture(
            ChildSpec(name: "mdb_copy", executable: Self.tool, arguments: [original, folder.database]))
        guard answer.exit == .code(0) else {
            throw RehearsalFailure("mdb_copy: \(answer.exit): \(String(decoding: answer.errors, as: UTF8.self))")
        }
    }
}
