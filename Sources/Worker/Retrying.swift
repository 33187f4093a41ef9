internal import Backfill
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
            self = error.code == .system(28) ? .noSpace : error.isTransient ? .transient : .permanent
        case let error as RunError:
            self = error.isOutOfSpace ? .noSpace : error.code == .system ? .transient : .permanent
        case let error as GaplessError:
            self = error.code == .noSpace ? .noSpace : error.retryable ? .transient : .permanent
        default:
            self = .permanent
        }
    }

    var wire: WorkFailure.Kind {
        switch self {
        case .transient: .transient
        case .noSpace: .noSpace
        case .permanent: .permanent
        }
    }
}

/// A failure with its kind already known.
struct WorkError: Error {
    var kind: WorkFailure.Kind
    var message: String
}
