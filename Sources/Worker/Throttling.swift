internal import Backfill
internal import Glibc
internal import LMDB
internal import Runtime
internal import Tables

/// Keeps one piece of work within what an operator allows: read anew between transactions, waited for in short pauses.
///
/// Used by one thread. The pace is one for all workers of the machine: they take their turns from a counter that their
/// processes share.
final class Throttling {
    /// The longest pause between two looks at what is allowed, in milliseconds.
    private static let pauseMillisMax: Int64 = 100
    /// How much may be done in one go under a pace, in parts of a second.
    private static let stepsPerSecond: Int64 = 20

    private let store: Store
    private let indexes: [UInt64]
    private let control: WorkControl
    private var governor = WaitGovernor()
    /// What was allowed at the last look.
    private(set) var allowed = Throttle.off

    init(store: Store, indexes: [UInt64], control: WorkControl) {
        self.store = store
        self.indexes = indexes
        self.control = control
    }

    /// Looks at what is allowed now; at most so many records or entries may be done before the next `took`.
    func limit() throws -> Int {
        allowed = try store.read { txn in try store.throttle(ofAll: indexes, atMillis: Throttling.now(), in: txn) }
        guard let rate = allowed.recordsPerSecond else { return .max }
        return Int(max(rate / Throttling.stepsPerSecond, 1))
    }

    /// Waits until so many records or entries fit into the pace. Ends early at an order (O5), or when the pace is off.
    ///
    /// What was waited for is no lease: whoever wrote before must confirm it again.
    func took(_ count: Int) throws {
        guard count > 0, let rate = allowed.recordsPerSecond else { return }
        let turn = store.environment.writerGate.takeTurn(of: count, perSecond: Int(rate))
        while true {
            let left = turn - ShellClock.microseconds()
            guard left > 0 else { return }
            guard control.pause(milliseconds: Int(min(left / 1_000 + 1, Throttling.pauseMillisMax))) else { return }
            _ = try limit()
            if allowed.recordsPerSecond != rate { return }
        }
    }

    /// How long the next transaction may hold the writer lock, in microseconds; `normal` where nothing bounds it.
    func hold(normal: Int64) -> Int64 {
        allowed.maxWriterWaitMicros.map { min(normal, WaitGovernor.holdMicroseconds(under: $0)) } ?? normal
    }

    /// After a transaction that held the writer lock for so long: pauses as the waits of others demand.
    func held(microseconds: Int64) {
        guard let bound = allowed.maxWriterWaitMicros else { return governor.release() }
        governor.note(
            store.environment.writerGate.waits, boundMicroseconds: bound, atMicroseconds: ShellClock.microseconds())
        let pause = governor.pauseMicroseconds(afterHold: microseconds)
        guard pause > 0 else { return }
        if pause < 2_000 { usleep(UInt32(pause)) } else { _ = control.pause(milliseconds: Int(pause / 1_000)) }
    }

    private static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
