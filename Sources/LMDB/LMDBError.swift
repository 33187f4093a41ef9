internal import CLMDB
internal import Glibc

/// A call into LMDB that failed: which code, which call, and what it was doing.
///
/// When `call` is `mdb_txn_commit`, nothing of the transaction was kept.
public struct LMDBError: Error, Hashable, Sendable {
    /// The kinds of failure that `lmdb.h` names; `system` carries an `errno`.
    public enum Code: Hashable, Sendable {
        case keyExists, notFound, pageNotFound, corrupted, panic, versionMismatch, notAnEnvironment, mapFull
        case databasesFull, readersFull, tlsFull, transactionFull, cursorFull, pageFull, mapResized, incompatible
        case badReaderSlot, badTransaction, badValueSize, badDatabase
        /// A database of integer keys holds a key of another size than the others: see `IntegerKey`.
        case badIntegerKey
        case system(Int32)
    }

    /// What went wrong.
    public let code: Code
    /// The function that failed, such as `mdb_put`.
    public let call: String
    /// What it was doing, in words.
    public let context: String

    /// An error of `call`, which was busy with `context`.
    public init(code: Code, call: String, context: String) {
        self.code = code
        self.call = call
        self.context = context
    }

    /// Whether the same transaction, tried again later or smaller, may succeed.
    public var isTransient: Bool {
        switch code {
        case .readersFull, .mapFull, .transactionFull, .mapResized: true
        case .system(let number): LMDBError.transientNumbers.contains(number)
        default: false
        }
    }

    /// Whether a commit failed, of which nothing was kept.
    public var isCommitFailure: Bool { call == "mdb_txn_commit" }

    /// Busy, interrupted, or out of something that comes back; a full disk shows as EIO in a commit.
    private static let transientNumbers: [Int32] = [EAGAIN, EBUSY, EINTR, EIO, ENOSPC, EDQUOT, EFBIG, ENOMEM]
}

extension LMDBError {
    /// An error from what a function of LMDB or of the system returned.
    init(status: Int32, call: StaticString, context: String) {
        self.init(code: Code(status: status), call: "\(call)", context: context)
    }

    /// An error from `errno` as the last call left it.
    static func ofLastCall(_ call: StaticString, _ context: String) -> LMDBError {
        LMDBError(status: errno, call: call, context: context)
    }
}

/// Throws when `status` is not success.
@inline(__always)
func check(_ status: Int32, _ call: StaticString, _ context: @autoclosure () -> String) throws(LMDBError) {
    if status != MDB_SUCCESS { throw LMDBError(status: status, call: call, context: context()) }
}
