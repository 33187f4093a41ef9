internal import Glibc
internal import LMDB

/// An error that can be injected, by the name that `error(NAME)` gives it.
public enum FaultError: String, CaseIterable, Sendable {
    // Transient.
    case busy, again, io, nospace, quota, toobig, nomem
    // The same of LMDB itself.
    case mapfull, txnfull, readersfull, resized
    // For good.
    case denied, readonly, corrupted, panic

    /// The number of the system; nil for an error of LMDB itself.
    public var number: Int32? {
        switch self {
        case .busy: EBUSY
        case .again: EAGAIN
        case .io: EIO
        case .nospace: ENOSPC
        case .quota: EDQUOT
        case .toobig: EFBIG
        case .nomem: ENOMEM
        case .denied: EACCES
        case .readonly: EROFS
        case .mapfull, .txnfull, .readersfull, .resized, .corrupted, .panic: nil
        }
    }

    /// The same as LMDB reports it.
    var code: LMDBError.Code {
        switch self {
        case .mapfull: .mapFull
        case .txnfull: .transactionFull
        case .readersfull: .readersFull
        case .resized: .mapResized
        case .corrupted: .corrupted
        case .panic: .panic
        default: .system(number ?? EIO)
        }
    }
}
