internal import LMDB

/// Keeps the waits of application writers under a bound by holding the writer lock for less, and less often.
///
/// Additive growth, multiplicative backing off, by what writers of all processes really waited: one look at the waits
/// in each window. The share is of the time between two transactions that a loader may hold the lock for.
struct WaitGovernor: Hashable {
    /// Between two looks at the waits, in microseconds.
    static let windowMicroseconds: Int64 = 50_000
    /// The share never falls below this: a build that does not move at all helps nobody.
    static let shareMin = 0.01
    /// What a window without a long wait adds: from the least to all in about five seconds.
    static let growth = 0.01
    /// Of a hundred writers one may wait longer.
    static let tolerated = 0.01

    /// Which share of the time the lock may be held, 0...1.
    private(set) var share = 1.0
    private var lookedAt: Int64?
    private var seen = WriterWaits.none

    /// Notes what writers have waited, ever, at a moment of the monotonic clock.
    mutating func note(_ waits: WriterWaits, boundMicroseconds bound: Int64, atMicroseconds now: Int64) {
        guard let lookedAt else {
            self.lookedAt = now
            seen = waits
            return
        }
        guard now - lookedAt >= Self.windowMicroseconds else { return }
        let window = waits.since(seen)
        self.lookedAt = now
        seen = waits
        let long = window.count(atLeastMicroseconds: bound * 3 / 4)
        let isTooLong = Double(long) > Double(window.total) * Self.tolerated
        share = isTooLong ? max(share / 2, Self.shareMin) : min(share + Self.growth, 1)
    }

    /// No bound any more: all of it may be used.
    mutating func release() {
        share = 1
        lookedAt = nil
    }

    /// How long a transaction may hold the lock under a bound, commit included, in microseconds.
    ///
    /// Who comes just after it began waits for all of it, and another one may be before them.
    static func holdMicroseconds(under bound: Int64) -> Int64 { max(bound / 4, 200) }

    /// The pause after a hold that leaves the rest of the time to others, in microseconds.
    func pauseMicroseconds(afterHold hold: Int64) -> Int64 {
        min(Int64(Double(hold) * (1 / share - 1)), 1_000_000)
    }
}
