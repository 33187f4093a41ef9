internal import Backfill
internal import Glibc
internal import LMDB
internal import Runs
internal import Tables

/// Bounded backoff for errors that may go away by themselves. No transaction is held while waiting.
struct Retrying {
    /// Tries of one step before the whole piece of work is given back.
    static let triesMax = 8
    /// The first wait in milliseconds; doubled each time, so that the tries span about 2.5 seconds.
    static let firstWaitMillis = 10

    let control: WorkControl

    /// Runs `step` until it succeeds, fails for good, has failed too often, or the work is abandoned.
    func run<R>(_ step: () throws -> R) throws -> R {
        var wait = Retrying.firstWaitMillis
        for _ in 1..<Retrying.triesMax {
            do {
                return try step()
            } catch  where FailureKind(error) == .transient {
                control.update { $0.retries += 1 }
                _ = control.pause(milliseconds: wait + Int.random(in: 0...wait))
                try control.check()
                wait *= 2
            }
        }
        return try step()
    }
}

/// What kind of failure an error is, for the coordinator.
enum FailureKind: Equatable {
    case transient
    case noSpace
    case permanent

    init(_ error: any Error) {
        switch error {
        case let error as LMDBError:
            self = error.isOutOfSpace ? .noSpace : error.isTransient ? .transient : .permanent
        case let error as RunError:
            self = error.isOutOfSpace ? .noSpace : error.code == .system ? .transient : .permanent
        case let error as GaplessError:
            self = error.code == .noSpace ? .noSpace : error.retryable ? .transient : .permanent
        default:
            self = .permanent
        }
    }

    /// As above; a commit that fails on a disk without room says "input/output error", so the disk is asked.
    ///
    /// Waiting for room never counts against an index, however long it takes.
    init(_ error: any Error, in directory: String) {
        self.init(error)
        if self == .transient, let error = error as? LMDBError, error.isCommitFailure, !FailureKind.hasRoom(directory) {
            self = .noSpace
        }
    }

    /// Free bytes below which a failed commit is put down to a full disk.
    private static let roomBytes: UInt64 = 1 << 20

    private static func hasRoom(_ directory: String) -> Bool {
        var status = statvfs()
        // A disk that cannot be asked is not called full.
        guard statvfs(directory, &status) == 0 else { return true }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) >= roomBytes
    }

    var wire: WorkFailure.Kind {
        switch self {
        case .transient: .transient
        case .noSpace: .noSpace
        case .permanent: .permanent
        }
    }
}

extension LMDBError {
    /// Whether the disk, a quota or a limit of file sizes left no room.
    fileprivate var isOutOfSpace: Bool {
        [.system(ENOSPC), .system(EDQUOT), .system(EFBIG)].contains(code)
    }
}

/// A failure with its kind already known.
struct WorkError: Error {
    var kind: WorkFailure.Kind
    var message: String
}
