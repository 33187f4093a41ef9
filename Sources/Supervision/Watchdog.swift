internal import Synchronization

/// Tells the service manager that a loop goes round: the loop itself says so, and no timer does in its place.
///
/// A loop that hangs falls silent, and the manager restarts the service. Safe from every thread.
public final class Watchdog: Sendable {
    private let notifier: ServiceNotifier
    private let interval: Duration
    private let toldAt = Mutex<ContinuousClock.Instant?>(nil)

    /// `interval` is what the manager asked for (`ServiceNotifier.watchdogInterval`).
    public init(notifier: ServiceNotifier, interval: Duration) {
        self.notifier = notifier
        self.interval = interval
    }

    /// How often `loopTurned` is to be called at least: a third of the interval, so that one call may be late.
    public var turnMax: Duration { interval / 3 }

    /// To be called by the loop each time that it has gone round; tells the manager when it is time to.
    public func loopTurned() throws {
        let now = ContinuousClock.now
        let isDue = toldAt.withLock { toldAt in
            if let last = toldAt, now - last < interval / 4 { return false }
            toldAt = now
            return true
        }
        if isDue { try notifier.watchdog() }
    }
}
