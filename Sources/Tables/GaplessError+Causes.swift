internal import Glibc
internal import LMDB

extension GaplessError {
    /// The same error as a user sees it, whatever module it came from.
    public init(wrapping error: any Error) {
        switch error {
        case let error as GaplessError: self = error
        case let error as RecordBatchError: self = error.cause
        case let error as LMDBError: self.init(lmdb: error)
        default: self.init(.defect, "\(error)")
        }
    }

    private init(lmdb error: LMDBError) {
        switch error.code {
        case .mapFull: self.init(.mapFull, "the environment has reached the size of its map: \(error)")
        case .corrupted, .pageNotFound, .panic, .badDatabase:
            self.init(.corrupt, "the environment is damaged: \(error)")
        case .badIntegerKey: self.init(.corrupt, "\(error)")
        case .notAnEnvironment: self.init(.notADatabase, "data.mdb is not an LMDB environment: \(error)")
        case .versionMismatch:
            self.init(.incompatibleVersion, "a newer gapless, or another LMDB, made this environment: \(error)")
        case .readersFull, .tlsFull, .transactionFull, .cursorFull, .pageFull, .mapResized:
            self.init(.busy, "LMDB is at a limit, try again: \(error)")
        case .system(let number): self.init(system: number, "\(error)")
        case .keyExists, .notFound, .databasesFull, .incompatible, .badReaderSlot, .badTransaction, .badValueSize:
            self.init(.defect, "\(error)")
        }
    }

    init(system number: Int32, _ text: String) {
        switch number {
        case ENOSPC, EDQUOT, EFBIG: self.init(.noSpace, "no space: \(text)")
        case EACCES, EPERM, EROFS: self.init(.notPermitted, "not permitted: \(text)")
        case EALREADY: self.init(.wrongState, "\(text): open it once in a process, and share it")
        case EAGAIN, EBUSY, EINTR, ENOMEM: self.init(.busy, "try again: \(text)")
        default: self.init(.inputOutput, text)
        }
    }
}
