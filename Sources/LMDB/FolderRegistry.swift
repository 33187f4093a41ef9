internal import Glibc

/// The folders whose environments this process has open: LMDB forbids to open one twice.
struct FolderRegistry: Sendable {
    /// What a folder is, under whatever path.
    struct Folder: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    static let shared = FolderRegistry()

    private let open = Monitor<Set<Folder>>([])

    /// Enters the folder at `path`.
    ///
    /// - Throws: `system(EALREADY)` when it is open, or what `stat` says.
    func claim(_ path: String) throws(LMDBError) -> Folder {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .ofLastCall("stat", "opening the environment in \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw LMDBError(status: ENOTDIR, call: "stat", context: "opening the environment in \(path)")
        }
        let folder = Folder(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        let isNew = open.withLock { $0.insert(folder).inserted }
        guard isNew else {
            let context = "opening the environment in \(path), which this process has open already"
            throw LMDBError(status: EALREADY, call: "mdb_env_open", context: context)
        }
        return folder
    }

    /// Takes a folder out whose environment is closed.
    func release(_ folder: Folder) {
        open.withLock { _ = $0.remove(folder) }
    }
}
