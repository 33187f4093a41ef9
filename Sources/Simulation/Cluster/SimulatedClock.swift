internal import Backfill

/// One process's clock: it may be off, drift and jump; the shell keeps it from running backwards.
struct SimulatedClock {
    /// How far it is off, in microseconds.
    var offsetMicros: Int64
    /// How much faster it runs, in parts of a million.
    var drift: Int64
    private var latest: Int64 = .min

    init(offsetMicros: Int64, drift: Int64) {
        self.offsetMicros = offsetMicros
        self.drift = drift
    }

    private static let startMillis: Int64 = 1_700_000_000_000

    mutating func now(_ micros: Int64) -> Instant {
        let local = micros + offsetMicros + micros / 1_000 * drift / 1_000
        latest = max(latest, SimulatedClock.startMillis + local / 1_000)
        return Instant(milliseconds: latest)
    }

    /// In how many microseconds of the world this moment comes, at least one millisecond.
    mutating func micros(until moment: Instant, at micros: Int64) -> Int64 {
        let left = max(moment.millisecondsSince(now(micros)), 1)
        return min(left, 3_600_000) * 1_000 * 1_000_000 / (1_000_000 + drift) + 1
    }
}
