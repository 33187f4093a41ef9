import Glibc
import Tables

/// Where a folder lies: the mount and the kind of its file system, as the kernel lists them.
struct MountPoint {
    /// File systems without the locks and the shared memory that LMDB stands on.
    private static let remoteKinds = ["nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"]

    let path: String
    let kind: String

    var isRemote: Bool { Self.remoteKinds.contains(kind) }
    var isMemory: Bool { kind == "tmpfs" || kind == "ramfs" }

    /// The mount of a folder: of those whose path begins its own, the longest, and of equals the latest.
    static func of(_ directory: String) throws -> MountPoint {
        guard let resolved = realpath(directory, nil) else {
            throw GaplessError.ofSystem("\(directory) cannot be found", number: errno)
        }
        defer { free(resolved) }
        let lines = try lines(of: "/proc/self/mounts")
        return find(String(cString: resolved), in: lines) ?? MountPoint(path: "/", kind: "unknown")
    }

    static func find(_ path: String, in lines: [String]) -> MountPoint? {
        var best: MountPoint?
        for line in lines {
            let parts = line.split(separator: " ")
            guard parts.count > 2 else { continue }
            let mount = String(parts[1]).replacing("\\040", with: " ")
            let isAbove = mount == "/" || path == mount || path.hasPrefix(mount + "/")
            guard isAbove, mount.utf8.count >= best?.path.utf8.count ?? 0 else { continue }
            best = MountPoint(path: mount, kind: String(parts[2]))
        }
        return best
    }

    private static func lines(of file: String) throws -> [String] {
        guard let stream = fopen(file, "re") else {
            throw GaplessError.ofSystem("\(file) cannot be read", number: errno)
        }
        defer { fclose(stream) }
        var lines: [String] = []
        var buffer = [CChar](repeating: 0, count: 8_192)
        while fgets(&buffer, Int32(buffer.count), stream) != nil {
            lines.append(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return lines
    }
}
