internal import Glibc

/// The queue for the writer lock of an environment, seen by all its processes.
///
/// LMDB's writer lock is not fair: whoever commits and begins again at once keeps all others out. Every `write` counts
/// itself as *announced* before it asks for the lock and as *admitted* once it has it, in two counters of a small file
/// (`gate`, `GatePage`) that all processes map. A loader writes with `writeAsLoader`, looks at `waiting` while it holds
/// the lock, commits early when there is someone, and gives way.
///
/// A writer that dies between the two steps leaves the difference one too high for ever. So a loader that gave way for
/// its whole time while nobody was admitted takes those who "wait" for ghosts: it does not count them any more, until
/// the counters show that one of them was alive. That ghosts were alive may be hidden by others who came; so, when the
/// counters have moved, they are waited for once more now and then (`ghostCheckNanoseconds`).
public final class WriterGate: Sendable {
    /// How often ghosts are waited for again: a give-way of some milliseconds in this time costs a loader about 1 %.
    private static let ghostCheckNanoseconds: UInt64 = 250_000_000
    /// Between two looks at the counters.
    private static let pauseMicroseconds: UInt32 = 20

    private struct Ghosts {
        var count: UInt64 = 0
        var seenAt = GatePage.Counters(announced: 0, admitted: 0)
        var checkedAtNanoseconds: UInt64 = 0
    }

    private let page: GatePage
    private let ghosts = Monitor(Ghosts())

    init(page: GatePage) { self.page = page }

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
        guard awaited > 0 else { return 0 }
        let deadline = startNanoseconds + UInt64(max(0, atMostMicroseconds)) * 1000
        var now = start
        while now.admitted &- start.admitted < awaited {
            if GatePage.nanoseconds() >= deadline {
                noteTimeout(start, now)
                break
            }
            usleep(WriterGate.pauseMicroseconds)
            now = page.counters
        }
        return Int(now.admitted &- start.admitted)
    }

    /// Before asking for the writer lock.
    func announce() { page.announce() }

    /// After getting the writer lock, or failing to.
    func admit() { page.admit() }

    /// How many to wait for: those who are no ghosts, and when it is time all, to see whether ghosts are alive.
    private func awaited(_ counters: GatePage.Counters, _ nowNanoseconds: UInt64) -> UInt64 {
        ghosts.withLock { ghosts in
            ghosts.count = min(ghosts.count, counters.waiting)
            let isDue = nowNanoseconds &- ghosts.checkedAtNanoseconds >= WriterGate.ghostCheckNanoseconds
            guard ghosts.count > 0, isDue, counters != ghosts.seenAt else { return counters.waiting - ghosts.count }
            ghosts.checkedAtNanoseconds = nowNanoseconds
            return counters.waiting
        }
    }

    private func noteTimeout(_ start: GatePage.Counters, _ now: GatePage.Counters) {
        guard now.admitted == start.admitted else { return }
        ghosts.withLock { ghosts in
            ghosts = Ghosts(count: now.waiting, seenAt: now, checkedAtNanoseconds: GatePage.nanoseconds())
        }
    }
}
