/// An instant: seconds since 1970-01-01T00:00:00Z and nanoseconds within the second, as MessagePack stores them.
public struct Timestamp: Hashable, Sendable {
    /// How many nanoseconds make a second.
    public static let nanosecondsPerSecond: UInt32 = 1_000_000_000

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var seconds: Int64
    /// Nanoseconds after `seconds`, below 1,000,000,000.
    public var nanoseconds: UInt32

    /// An instant.
    ///
    /// `nanoseconds` must be below 1,000,000,000.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        precondition(nanoseconds < Self.nanosecondsPerSecond, "nanoseconds of a timestamp: \(nanoseconds)")
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

extension Timestamp: Comparable {
    /// True if `a` is the earlier instant.
    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }
}
