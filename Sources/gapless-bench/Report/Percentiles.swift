/// The middle, the tail and the end of a set of durations, in milliseconds.
struct Percentiles: Hashable, Encodable {
    let count: Int
    let p50: Double
    let p99: Double
    let longest: Double

    /// By nearest rank; all zero for no durations. `nanoseconds` in any order.
    init(nanoseconds: [UInt64]) {
        let sorted = nanoseconds.sorted()
        count = sorted.count
        p50 = Self.rank(50, of: sorted)
        p99 = Self.rank(99, of: sorted)
        longest = Double(sorted.last ?? 0) / 1e6
    }

    /// The least duration that `percent` of all do not exceed.
    private static func rank(_ percent: Int, of sorted: [UInt64]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let place = (sorted.count * percent + 99) / 100 - 1
        return Double(sorted[max(place, 0)]) / 1e6
    }
}
