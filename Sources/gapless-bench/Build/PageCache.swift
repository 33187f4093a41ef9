import Glibc

/// A file's pages in the system's cache.
enum PageCache {
    private static let pieceBytes = 1 << 20

    /// Takes the file's pages out of the cache; returns the share of them that stayed there.
    ///
    /// Pages that some process has mapped stay: nobody may have the database open.
    static func drop(_ path: String) throws -> Double {
        let file = try opened(path)
        defer { close(file) }
        guard fsync(file) == 0 else { throw SystemCallFailure("fsync", path) }
        let status = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        guard status == 0 else {
            errno = status
            throw SystemCallFailure("posix_fadvise", path)
        }
        return try residentShare(file, path)
    }

    /// Reads all of the file once, in order, as fast as a plain program does; returns its bytes.
    static func read(_ path: String) throws -> UInt64 {
        let file = try opened(path)
        defer { close(file) }
        let piece = UnsafeMutableRawPointer.allocate(byteCount: pieceBytes, alignment: 4096)
        defer { piece.deallocate() }
        var sum: UInt64 = 0
        while true {
            let count = Glibc.read(file, piece, pieceBytes)
            guard count >= 0 else { throw SystemCallFailure("read", path) }
            if count == 0 { return sum }
            sum += UInt64(count)
        }
    }

    private static func opened(_ path: String) throws -> Int32 {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemCallFailure("open", path) }
        return file
    }

    private static func residentShare(_ file: Int32, _ path: String) throws -> Double {
        let bytes = Int(try SourceTable.bytes(of: path))
        guard bytes > 0 else { return 0 }
        guard let map = mmap(nil, bytes, PROT_READ, MAP_SHARED, file, 0), map != MAP_FAILED else {
            throw SystemCallFailure("mmap", path)
        }
        defer { munmap(map, bytes) }
        let pageBytes = sysconf(Int32(_SC_PAGESIZE))
        var pages = [UInt8](repeating: 0, count: (bytes + pageBytes - 1) / pageBytes)
        guard mincore(map, bytes, &pages) == 0 else { throw SystemCallFailure("mincore", path) }
        return Double(pages.count { $0 & 1 == 1 }) / Double(pages.count)
    }
}
