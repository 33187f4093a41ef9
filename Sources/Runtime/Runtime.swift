public import Backfill
internal import Glibc

/// Runtime holds what the shells share: a clock that never runs backwards, mailboxes into poll loops, channels, locks.
///
/// The clock gives milliseconds since 1970, taken from the wall once and then only moved on by the monotonic clock.
public struct ShellClock: Sendable {
    private let wallAtStart: Int64
    private let monotonicAtStart: Int64

    /// A clock that begins at the time of day.
    public init() {
        wallAtStart = ShellClock.milliseconds(CLOCK_REALTIME)
        monotonicAtStart = ShellClock.milliseconds(CLOCK_MONOTONIC)
    }

    /// The moment it is, for the core.
    public func now() -> Instant {
        Instant(milliseconds: wallAtStart + ShellClock.milliseconds(CLOCK_MONOTONIC) - monotonicAtStart)
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Microseconds of the monotonic clock, for measuring how long something takes.
    public static func microseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }
}
