import Glibc
import Tables

/// Room on a file system.
enum DiskSpace {
    /// Bytes that this user may still write beside `directory`.
    static func free(at directory: String) throws -> Int {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else {
            throw GaplessError.ofSystem("the free space of \(directory) cannot be read", number: errno)
        }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}

extension Int {
    /// `1.2 GiB`, `512 KiB`, `17 bytes`.
    var inBytes: String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard self >= 1_024 else { return "\(self) bytes" }
        var size = Double(self) / 1_024
        var unit = 0
        while size >= 1_024, unit < units.count - 1 {
            size /= 1_024
            unit += 1
        }
        return "\(size.rounded(to: 1)) \(units[unit])"
    }
}
