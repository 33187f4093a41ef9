internal import Backfill
internal import Runtime
internal import Synchronization

/// What the messaging thread and a working thread tell each other: orders one way, progress the other.
final class WorkControl: Sendable {
    /// What the working thread should do.
    enum Order: UInt8, AtomicRepresentable {
        /// Go on.
        case work
        /// Make durable what is done and report it, or give the work back.
        case cut
        /// Stop; nothing counts.
        case abandon
    }

    /// How long the work was at each of its parts.
    let times = WorkTimes()
    private let latest = Atomic<Order>(.work)
    private let state = Mutex(WorkerSession.Progress())
    private let bell: Bell

    init() throws {
        bell = try Bell()
    }

    /// The latest order. Any thread.
    var order: Order { latest.load(ordering: .acquiring) }

    /// How far the work is. Any thread.
    var progress: WorkerSession.Progress { state.withLock { $0 } }

    /// Gives an order and ends any pause. An abandoned work stays abandoned.
    func give(_ order: Order) {
        if self.order != .abandon { latest.store(order, ordering: .releasing) }
        bell.ring()
    }

    func update(_ body: (inout WorkerSession.Progress) -> Void) {
        state.withLock { body(&$0) }
    }

    /// Waits, but not beyond an order (O5: nobody sleeps through the loss of a lease). True if the work may go on.
    @available(*, noasync)
    func pause(milliseconds: Int) -> Bool {
        if order == .work { _ = bell.wait(milliseconds: milliseconds) }
        return order == .work
    }

    /// Throws ``Abandoned`` if that is the order.
    func check() throws {
        if order == .abandon { throw Abandoned() }
    }
}

/// The lease is gone; whatever is in hand is dropped. Not a failure: nobody is told.
struct Abandoned: Error {}
