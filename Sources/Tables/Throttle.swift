/// What builds may take from a machine that others use, too: set by an operator, read by workers while they work.
public struct Throttle: Hashable, Sendable, Codable {
    /// Applications that write should wait no longer than this, in microseconds; nil: no bound.
    public var maxWriterWaitMicros: Int64?
    /// Records that may be scanned a second, and entries loaded, by all workers together; nil: no bound.
    public var recordsPerSecond: Int64?
    /// When it ends by itself, in milliseconds since 1970; nil: it stays until it is taken off.
    public var untilMillis: Int64?

    /// A throttle of these parts.
    public init(maxWriterWaitMicros: Int64? = nil, recordsPerSecond: Int64? = nil, untilMillis: Int64? = nil) {
        self.maxWriterWaitMicros = maxWriterWaitMicros
        self.recordsPerSecond = recordsPerSecond
        self.untilMillis = untilMillis
    }

    /// No bound at all.
    public static let off = Throttle()

    /// Whether it bounds anything.
    public var isOff: Bool { maxWriterWaitMicros == nil && recordsPerSecond == nil }

    /// This throttle at a moment: off once its time is over.
    public func at(millis now: Int64) -> Throttle {
        guard let untilMillis, untilMillis <= now else { return self }
        return .off
    }

    /// The stricter bound of each kind.
    func combined(with other: Throttle) -> Throttle {
        Throttle(
            maxWriterWaitMicros: Self.stricter(maxWriterWaitMicros, other.maxWriterWaitMicros),
            recordsPerSecond: Self.stricter(recordsPerSecond, other.recordsPerSecond))
    }

    private static func stricter(_ one: Int64?, _ other: Int64?) -> Int64? {
        guard let one else { return other }
        return other.map { min(one, $0) } ?? one
    }
}
