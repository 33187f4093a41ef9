internal import CLMDB
internal import Synchronization

/// One LMDB environment: a folder with `data.mdb` and `lock.mdb` that the processes of one machine share.
///
/// A process opens a folder once and uses the object from any thread; it closes with the last reference to it. An
/// environment is not used across `fork`: a child opens its own.
///
/// Safety of the pointers: `environment` is valid until `deinit`; LMDB's functions on it may be called from any
/// thread, under the rules that `gate` keeps.
@safe
public final class Environment: @unchecked Sendable {
    /// The most bytes of a key, as LMDB is built.
    public static let keyBytesMax = 511

    /// The folder it was opened at.
    public let directory: String
    /// How it was opened.
    public let options: Options
    /// The queue of writers of all processes, for those who load in bulk.
    public let writerGate: WriterGate

    let environment: OpaquePointer
    let folder: FolderRegistry.Folder
    let gate = TransactionGate()
    let handles = Monitor<[String: MDB_dbi]>([:])
    let readers: ReaderPool
    /// The handle of the unnamed database, which holds the names of all others.
    let mainHandle: MDB_dbi
    /// Bytes of the map of this process; changed only with nobody inside the gate.
    let mapBytes: Atomic<Int>
    /// When the writer of this process that asks for the lock now began to ask; 0: none does.
    let waitingSinceNanoseconds = Atomic<UInt64>(0)
    /// The map was lost when it was replaced: nothing can be read any more.
    let isMapLost = Atomic(false)

    /// Serial numbers of transactions, never the same twice in a process.
    static let transactionSerials = Atomic<UInt64>(0)

    init(opened: OpenedEnvironment, directory: String, options: Options, writerGate: WriterGate) {
        self.directory = directory
        self.options = options
        self.writerGate = writerGate
        unsafe environment = opened.pointer
        folder = opened.folder
        mainHandle = opened.mainHandle
        mapBytes = Atomic(opened.mapBytes)
        unsafe readers = ReaderPool(environment: opened.pointer)
    }

    deinit {
        readers.removeAll()
        unsafe mdb_env_close(environment)
        FolderRegistry.shared.release(folder)
    }

    /// Removes the reader slots of dead processes, which keep freed pages from being used again.
    ///
    /// - Returns: how many there were. Any thread, at any time.
    @discardableResult
    public func staleReadersCleared() throws -> Int {
        var dead: Int32 = 0
        try check(
            unsafe mdb_reader_check(environment, &dead), "mdb_reader_check", "clearing stale readers of \(directory)")
        return Int(dead)
    }

    /// Sizes and counters now.
    ///
    /// Blocks while the map is replaced.
    @available(*, noasync)
    public func info() throws -> EnvironmentInfo {
        try inside {
            var info = unsafe MDB_envinfo()
            var stat = MDB_stat()
            try check(unsafe mdb_env_info(environment, &info), "mdb_env_info", "asking for the sizes of \(directory)")
            try check(unsafe mdb_env_stat(environment, &stat), "mdb_env_stat", "asking for the sizes of \(directory)")
            return unsafe EnvironmentInfo(
                mapBytes: info.me_mapsize, usedBytes: (info.me_last_pgno + 1) * Int(stat.ms_psize),
                pageBytes: Int(stat.ms_psize), lastTransactionID: UInt64(info.me_last_txnid),
                readersUsed: Int(info.me_numreaders), readersMax: Int(info.me_maxreaders))
        }
    }

    /// Writes everything committed to the disk: for environments that are not `isSynced`.
    @available(*, noasync)
    public func sync() throws {
        try inside { try check(unsafe mdb_env_sync(environment, 1), "mdb_env_sync", "syncing \(directory)") }
    }

    /// Runs `body` while the map stays where it is.
    private func inside<R>(_ body: () throws -> R) throws -> R {
        gate.enterRead()
        defer { _ = gate.leave() }
        try requireMap()
        return try body()
    }

    /// - Throws: `panic` after the map was lost.
    func requireMap() throws(LMDBError) {
        guard isMapLost.load(ordering: .acquiring) else { return }
        let context = "using \(directory), whose map was lost when it was replaced: open the environment again"
        throw LMDBError(code: .panic, call: "mdb_env_set_mapsize", context: context)
    }
}

/// Sizes and counters of an environment.
public struct EnvironmentInfo: Hashable, Sendable {
    /// Bytes of the map of this process: an upper bound of the file, not its size.
    public let mapBytes: Int
    /// Bytes of the file up to its last page in use.
    public let usedBytes: Int
    /// Bytes of a page.
    public let pageBytes: Int
    /// The last committed transaction.
    public let lastTransactionID: UInt64
    /// Reader slots that are or were in use.
    public let readersUsed: Int
    /// Reader slots there are.
    public let readersMax: Int
}
