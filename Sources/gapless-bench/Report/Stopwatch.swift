import Glibc

/// Elapsed time on the system's monotonic clock.
struct Stopwatch {
    private let start = Stopwatch.nanoseconds()

    /// Seconds since it was made.
    var seconds: Double { Double(Stopwatch.nanoseconds() - start) / 1e9 }

    /// Processor time of all threads of this process, in seconds: what others do on the machine hardly changes it.
    static func processorSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// Nanoseconds of the monotonic clock.
    static func nanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    /// Sleeps until the monotonic clock shows this, or returns at once if it is past.
    @available(*, noasync)
    static func sleep(until nanoseconds: UInt64) {
        var moment = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nil) == EINTR {}
    }

    @available(*, noasync)
    static func sleep(milliseconds: UInt64) { sleep(until: nanoseconds() + milliseconds * 1_000_000) }

    /// Milliseconds since 1970, as the ledger has them.
    static func epochMilliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
