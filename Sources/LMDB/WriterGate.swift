internal import Glibc
internal import Synchronization

/// The queue for the writer lock of an environment, seen by all its processes.
///
/// LMDB's writer lock is not fair: whoever commits and begins again at once keeps all others out. Every `write` counts
/// itself as *announced* before it asks for the lock and as *admitted* once it has it, in two counters of a small file
/// (`gate`, `GatePage`) that all processes map. A loader writes with `writeAsLoader`, looks at `waiting` while it holds
/// the lock, commits early when there is someone, and gives way.
///
/// A writer that dies between the two steps leaves the difference one too high for ever. So whoever
/// "waits" while a loader gives way and the lock is free, and is still not admitted after `ghostIdleNanoseconds` in
/// all, is taken for a ghost: it is not counted any more, until the counters show that it was alive after all. Others
/// who come may hide that; so, when the counters have moved, ghosts are waited for once more now and then
/// (`ghostCheckNanoseconds`).
public final class WriterGate: Sendable {
    /// How long a free lock is not taken by a ghost; the living take it in about 0.3 ms.
    private static let ghostIdleNanoseconds: UInt64 = 2_000_000
    /// How often ghosts are waited for again: a give-way of some milliseconds in this time costs a loader about 1 %.
    static let ghostCheckNanoseconds: UInt64 = 250_000_000
    /// Between two looks at the counters.
    private static let pauseMicroseconds: UInt32 = 20

    private struct Ghosts {
        var count: UInt64 = 0
        var seenAt = GatePage.Counters(announced: 0, admitted: 0)
        var checkedAtNanoseconds: UInt64 = 0
        /// How long the lock was free and nobody was admitted, over the last give-ways.
        var idleNanoseconds: UInt64 = 0
    }

    let page: GatePage
    private let ghosts = Monitor(Ghosts())
    let yields = Monitor(Yields())
    /// Numbers for holders, from a random start: no two processes meet.
    private let holderNumbers = Atomic<UInt64>(UInt64.random(in: 1...UInt64.max))

    private let ghostCheckNanoseconds: UInt64

    init(page: GatePage, ghostCheckNanoseconds: UInt64 = WriterGate.ghostCheckNanoseconds) {
        self.page = page
        self.ghostCheckNanoseconds = ghostCheckNanoseconds
    }

    static func open(inFolder directory: String, options: Environment.Options) throws(LMDBError) -> WriterGate {
        if options.isReadOnly { return WriterGate(page: try GatePage.inMemory()) }
        return WriterGate(page: try GatePage.open(directory + "/gate", mode: options.fileMode))
    }

    /// Writers that wait for the lock now, ghosts aside.
    ///
    /// Cheap; any thread. A read-only environment always says 0.
    public var waiting: Int {
        let counters = page.counters
        return ghosts.withLock { ghosts in
            ghosts.count = min(ghosts.count, counters.waiting)
            return Int(counters.waiting - ghosts.count)
        }
    }

    /// Waits until those who wait now had the writer lock, for at most so long; returns at once when nobody waits.
    ///
    /// Call it between two transactions, never inside one. Blocks the thread.
    ///
    /// - Returns: how many writers were admitted meanwhile.
    @available(*, noasync)
    @discardableResult
    public func giveWay(atMostMicroseconds: Int) -> Int {
        let start = page.counters
        let startNanoseconds = GatePage.nanoseconds()
        let awaited = awaited(start, startNanoseconds)
        guard awaited > 0, atMostMicroseconds > 0 else { return 0 }
        let deadline = startNanoseconds + UInt64(atMostMicroseconds) * 1000
        var now = start
        var nanoseconds = startNanoseconds
        var idleSince = startNanoseconds
        while now.admitted &- start.admitted < awaited, nanoseconds < deadline {
            usleep(WriterGate.pauseMicroseconds)
            let last = now.admitted
            now = page.counters
            nanoseconds = GatePage.nanoseconds()
            if now.admitted != last || page.isHeld { idleSince = nanoseconds }
        }
        let admitted = now.admitted &- start.admitted
        if admitted < awaited { noteIdle(nanoseconds - idleSince, wasBusy: idleSince > startNanoseconds, now) }
        return Int(admitted)
    }

    /// How long announced writers of all processes have waited for the lock, ever.
    public var waits: WriterWaits { page.waits }

    /// The longest that work may be paced ahead; a turn beyond is of another boot, or of a pace that was far lower.
    private static let aheadMaxNanoseconds: UInt64 = 60_000_000_000

    /// Takes a turn for `count` units of work that all processes do at one pace; returns when it is over, in
    /// microseconds of the monotonic clock.
    public func takeTurn(of count: Int, perSecond rate: Int) -> Int64 {
        let nanoseconds = Double(count) / Double(max(rate, 1)) * 1e9
        let turn = page.takeTurn(nanoseconds: UInt64(nanoseconds), aheadMax: Self.aheadMaxNanoseconds)
        return Int64(turn / 1_000)
    }

    /// Before asking for the writer lock; returns when that was.
    @discardableResult
    func announce() -> UInt64 {
        page.announce()
        return GatePage.nanoseconds()
    }

    /// After getting the writer lock, or failing to; `since` is when it was asked for.
    func admit(since: UInt64? = nil) {
        page.admit()
        if let since { page.noteWait(nanoseconds: GatePage.nanoseconds() - since) }
    }

    /// With the writer lock; gives the number for `release`.
    ///
    /// The lock is held for a moment before this, and the page says so a moment later.
    func hold(isAnnounced: Bool = false) -> UInt64 {
        let next = holderNumbers.wrappingAdd(1, ordering: .relaxed).newValue
        // 0 means that nobody holds it.
        let number = max(next, 1)
        page.setHolder(number, pid: getpid(), isAnnounced: isAnnounced, atNanoseconds: GatePage.nanoseconds())
        return number
    }

    /// After the writer lock was given up.
    func release(_ number: UInt64) { page.clearHolder(number) }

    /// How many to wait for: those who are no ghosts, and when it is time all, to see whether ghosts are alive.
    private func awaited(_ counters: GatePage.Counters, _ nowNanoseconds: UInt64) -> UInt64 {
        ghosts.withLock { ghosts in
            ghosts.count = min(ghosts.count, counters.waiting)
            let isDue = nowNanoseconds &- ghosts.checkedAtNanoseconds >= ghostCheckNanoseconds
            guard ghosts.count > 0, isDue, counters != ghosts.seenAt else { return counters.waiting - ghosts.count }
            ghosts.checkedAtNanoseconds = nowNanoseconds
            return counters.waiting
        }
    }

    /// After a give-way in which not all were admitted.
    private func noteIdle(_ idleNanoseconds: UInt64, wasBusy: Bool, _ counters: GatePage.Counters) {
        ghosts.withLock { ghosts in
            ghosts.idleNanoseconds = (wasBusy ? 0 : ghosts.idleNanoseconds) + idleNanoseconds
            guard ghosts.idleNanoseconds >= WriterGate.ghostIdleNanoseconds else { return }
            ghosts = Ghosts(
                count: counters.waiting, seenAt: counters, checkedAtNanoseconds: GatePage.nanoseconds())
        }
    }
}
