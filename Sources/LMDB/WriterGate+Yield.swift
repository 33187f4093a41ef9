internal import Glibc

/// Processors for those who write.
///
/// A writer that wakes up, perhaps with the lock in its hand, waits for the end of a computing thread's turn on kernels
/// that do not break turns off: up to 9 ms were measured. So threads that compute for long give up their turn now and
/// then while somebody writes. Sleeping instead was no better.
extension WriterGate {
    /// Between two yields of a process: where other programs keep the processors busy, each one costs a turn of theirs.
    static let yieldNanoseconds: UInt64 = 100_000
    /// Who is announced for longer, and no other comes or goes, is a ghost or waits for somebody who writes for long.
    static let yieldsForNanoseconds: UInt64 = 50_000_000

    struct Yields {
        var counters = GatePage.Counters(announced: 0, admitted: 0)
        var movedAtNanoseconds: UInt64 = 0
        var yieldedAtNanoseconds: UInt64 = 0

        /// Whether to yield now, somebody being announced. The moment may lie before another thread's.
        mutating func take(_ now: GatePage.Counters, at nanoseconds: UInt64) -> Bool {
            if now != counters { (counters, movedAtNanoseconds) = (now, nanoseconds) }
            guard nanoseconds < movedAtNanoseconds + WriterGate.yieldsForNanoseconds,
                nanoseconds >= yieldedAtNanoseconds + WriterGate.yieldNanoseconds
            else { return false }
            yieldedAtNanoseconds = nanoseconds
            return true
        }
    }

    /// Whether an announced writer waits for the lock or has it.
    public var isInUse: Bool { page.isHeldByAnnounced || waiting > 0 }

    /// Gives up the rest of this thread's turn on its processor if an announced writer waits for the lock or has it.
    ///
    /// For threads that compute for long, every 0.1 ms or so; costs next to nothing while nobody writes.
    public func yieldToWriters() {
        guard isInUse else { return }
        let now = GatePage.nanoseconds()
        if yields.withLock({ $0.take(page.counters, at: now) }) { sched_yield() }
    }
}
