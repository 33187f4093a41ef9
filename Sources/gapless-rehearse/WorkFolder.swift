import Foundation
import Glibc

/// A folder of the rehearsal's own, which goes with it.
struct WorkFolder: Sendable {
    let path: String
    private let keeps: Bool

    /// `parent` is where it is made; nil: TMPDIR, else /var/tmp (a disk: /tmp may be memory).
    init(parent: String?, keeps: Bool) throws {
        let parent = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array((parent + "/gapless-rehearsal-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw RehearsalFailure("\(parent): no folder can be made: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.keeps = keeps
    }

    /// The rehearsal's database.
    var database: String { path + "/db" }

    /// Throws if the file system of the folder has less room than this.
    func requireRoom(bytes: UInt64, for what: String) throws {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw RehearsalFailure("\(path): its free space cannot be read: \(String(cString: strerror(errno)))")
        }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        guard free >= bytes else {
            throw RehearsalFailure(
                "\(path): \(free >> 20) MiB are free, and \(what) needs \(bytes >> 20) MiB: "
                    + "make room, or name another place with --folder")
        }
    }

    func remove() throws {
        guard !keeps else { return Progress.say("kept", path) }
        try FileManager.default.removeItem(atPath: path)
    }
}
