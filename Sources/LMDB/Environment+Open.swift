internal import CLMDB
internal import Glibc

/// What opening gives: all that an `Environment` must give back at its end.
@safe
struct OpenedEnvironment {
    let pointer: OpaquePointer
    let folder: FolderRegistry.Folder
    let mainHandle: MDB_dbi
    let mapBytes: Int
}

extension Environment {
    /// Opens the environment in the folder `directory`, and makes it if it is missing and may be made.
    ///
    /// - Throws: `LMDBError`: `notAnEnvironment` or `versionMismatch` when the files are something else, `system` with
    ///   ENOENT, ENOTDIR, EACCES, EROFS, ENOSPC and the like, EALREADY when this process has the folder open already.
    public static func open(at directory: String, options: Options = Options()) throws -> Environment {
        try makeFolder(directory, options)
        let folder = try FolderRegistry.shared.claim(directory)
        do {
            try requireFiles(directory, options)
            let opened = try openLadder(directory, options, folder)
            do {
                let writerGate = try WriterGate.open(inFolder: directory, options: options)
                return Environment(opened: opened, directory: directory, options: options, writerGate: writerGate)
            } catch {
                unsafe mdb_env_close(opened.pointer)
                throw error
            }
        } catch {
            FolderRegistry.shared.release(folder)
            throw error
        }
    }

    private static func makeFolder(_ directory: String, _ options: Options) throws(LMDBError) {
        guard options.isCreating, !options.isReadOnly else { return }
        if unsafe mkdir(directory, options.folderMode) != 0, errno != EEXIST {
            throw .ofLastCall("mkdir", "making the folder \(directory)")
        }
    }

    /// LMDB would make missing files of an environment where that is not wanted, or name no reason.
    private static func requireFiles(_ directory: String, _ options: Options) throws(LMDBError) {
        guard options.isReadOnly || !options.isCreating else { return }
        guard unsafe access(directory + "/data.mdb", F_OK) != 0 else { return }
        guard errno == ENOENT else { throw .ofLastCall("access", "opening the environment in \(directory)") }
        let context = "opening the environment in \(directory), which has no data.mdb"
        throw LMDBError(code: .notAnEnvironment, call: "access", context: context)
    }

    /// Tries smaller and smaller maps as long as the system refuses for want of address space.
    private static func openLadder(
        _ directory: String, _ options: Options, _ folder: FolderRegistry.Folder
    ) throws(LMDBError) -> OpenedEnvironment {
        let ladder = options.mapLadder
        for mapBytes in ladder.dropLast() {
            do {
                return try openOnce(directory, options, folder, mapBytes: mapBytes)
            } catch  where error.code == .system(ENOMEM) {
                continue
            }
        }
        return try openOnce(directory, options, folder, mapBytes: ladder[ladder.count - 1])
    }

    private static func openOnce(
        _ directory: String, _ options: Options, _ folder: FolderRegistry.Folder, mapBytes: Int
    ) throws(LMDBError) -> OpenedEnvironment {
        var created: OpaquePointer?
        let context = "opening the environment in \(directory)"
        try check(unsafe mdb_env_create(&created), "mdb_env_create", context)
        guard let pointer = unsafe created else {
            throw LMDBError(status: ENOMEM, call: "mdb_env_create", context: context)
        }
        do throws(LMDBError) {
            let page = sysconf(Int32(_SC_PAGESIZE))
            let wholePages = (mapBytes + page - 1) / page * page
            try check(unsafe mdb_env_set_mapsize(pointer, wholePages), "mdb_env_set_mapsize", context)
            try check(unsafe mdb_env_set_maxdbs(pointer, UInt32(options.databasesMax)), "mdb_env_set_maxdbs", context)
            try check(
                unsafe mdb_env_set_maxreaders(pointer, UInt32(options.readersMax)), "mdb_env_set_maxreaders", context)
            let flags = MDB_NOTLS | (options.isReadOnly ? MDB_RDONLY : 0) | (options.isSynced ? 0 : MDB_NOSYNC)
            let status = unsafe mdb_env_open(pointer, directory, UInt32(flags), options.fileMode)
            try check(status, "mdb_env_open", context)
            guard Int(unsafe mdb_env_get_maxkeysize(pointer)) == keyBytesMax else {
                throw LMDBError(code: .incompatible, call: "mdb_env_get_maxkeysize", context: context)
            }
            var info = unsafe MDB_envinfo()
            try check(unsafe mdb_env_info(pointer, &info), "mdb_env_info", context)
            let mainHandle = try unsafe openMainHandle(pointer, context)
            return unsafe OpenedEnvironment(
                pointer: pointer, folder: folder, mainHandle: mainHandle, mapBytes: info.me_mapsize)
        } catch {
            unsafe mdb_env_close(pointer)
            throw error
        }
    }

    private static func openMainHandle(_ pointer: OpaquePointer, _ context: String) throws(LMDBError) -> MDB_dbi {
        var begun: OpaquePointer?
        try check(unsafe mdb_txn_begin(pointer, nil, UInt32(MDB_RDONLY), &begun), "mdb_txn_begin", context)
        defer { unsafe mdb_txn_abort(begun) }
        var handle: MDB_dbi = 0
        try check(unsafe mdb_dbi_open(begun, nil, 0, &handle), "mdb_dbi_open", context)
        return handle
    }
}
