internal import Logging
internal import Runtime
internal import Synchronization

/// How long a piece of work was at each of its parts: for the bench, and for whoever asks why a build is slow.
///
/// Threads that work side by side add their own times, so that the sum may be longer than the work took.
final class WorkTimes: Sendable {
    /// The parts, in the order in which they are told.
    enum Part: Int, CaseIterable {
        /// Walking records and extracting entries; sorting them; writing runs; making runs durable.
        case scan, sort, write, sync
        /// Opening and verifying runs; merging them; waiting for merged entries.
        case open, merge, await
        /// Waiting for LMDB's write lock; appending; committing; letting writers in between.
        case lock, append, commit, giveWay
        /// Reading an index back behind the load.
        case check
    }

    private struct Sums {
        var microseconds = [Int64](repeating: 0, count: Part.allCases.count)
        var transactions = 0
    }

    private let sums = Mutex(Sums())

    /// Runs `body` and adds the time that it took. Any thread.
    func measure<R: ~Copyable, E: Error>(_ part: Part, _ body: () throws(E) -> R) throws(E) -> R {
        let began = ShellClock.microseconds()
        defer { add(part, since: began) }
        return try body()
    }

    /// Adds the time since `began` and returns the time now, for the next part. Any thread.
    @discardableResult
    func add(_ part: Part, since began: Int64) -> Int64 {
        let now = ShellClock.microseconds()
        sums.withLock { $0.microseconds[part.rawValue] += now - began }
        return now
    }

    /// Counts a write transaction that committed. Any thread.
    func countTransaction() { sums.withLock { $0.transactions += 1 } }

    /// The microseconds of a part so far. Any thread.
    subscript(part: Part) -> Int64 { sums.withLock { $0.microseconds[part.rawValue] } }

    /// What there is to tell: microseconds by part, without those that took none, and write transactions.
    var metadata: Logger.Metadata {
        let sums = sums.withLock { $0 }
        var told: Logger.Metadata = [:]
        for part in Part.allCases where sums.microseconds[part.rawValue] > 0 {
            told["\(part)"] = "\(sums.microseconds[part.rawValue])"
        }
        if sums.transactions > 0 { told["transactions"] = "\(sums.transactions)" }
        return told
    }
}
