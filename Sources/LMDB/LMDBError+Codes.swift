internal import CLMDB
internal import Glibc

extension LMDBError.Code {
    /// The case of a number that LMDB returned: its own are negative, those of the system positive.
    init(status: Int32) {
        self = LMDBError.Code.named[status] ?? .system(status)
    }

    /// The number that LMDB or the system returned.
    var status: Int32 {
        if case .system(let number) = self { return number }
        return LMDBError.Code.named.first { $0.value == self }?.key ?? 0
    }

    private static let named: [Int32: LMDBError.Code] = [
        MDB_KEYEXIST: .keyExists, MDB_NOTFOUND: .notFound, MDB_PAGE_NOTFOUND: .pageNotFound,
        MDB_CORRUPTED: .corrupted, MDB_PANIC: .panic, MDB_VERSION_MISMATCH: .versionMismatch,
        MDB_INVALID: .notAnEnvironment, MDB_MAP_FULL: .mapFull, MDB_DBS_FULL: .databasesFull,
        MDB_READERS_FULL: .readersFull, MDB_TLS_FULL: .tlsFull, MDB_TXN_FULL: .transactionFull,
        MDB_CURSOR_FULL: .cursorFull, MDB_PAGE_FULL: .pageFull, MDB_MAP_RESIZED: .mapResized,
        MDB_INCOMPATIBLE: .incompatible, MDB_BAD_RSLOT: .badReaderSlot, MDB_BAD_TXN: .badTransaction,
        MDB_BAD_VALSIZE: .badValueSize, MDB_BAD_DBI: .badDatabase,
    ]
}

extension LMDBError: CustomStringConvertible {
    /// What it was doing, what went wrong, and the call.
    public var description: String { "\(context): \(reason) (\(call))" }

    /// What went wrong, in words.
    public var reason: String {
        switch code {
        case .notAnEnvironment: "not an LMDB environment"
        case .badIntegerKey: "LMDB finds no records among integer keys of several sizes; who wrote it must remove it"
        // glibc's strerror keeps its text for each thread.
        case .system(let number): unsafe String(cString: strerror(number))
        default: unsafe String(cString: mdb_strerror(code.status))
        }
    }
}
