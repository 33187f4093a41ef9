/// A moment, in milliseconds since 1970, from a clock that the shell keeps from running backwards.
///
/// It only decides when to stop waiting, and what a history shows. Nothing that counts rests on it.
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// A moment so many milliseconds after 1970.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// A moment that is later by `milliseconds`.
    public func advanced(byMilliseconds milliseconds: Int64) -> Instant {
        Instant(milliseconds: self.milliseconds &+ milliseconds)
    }

    /// Milliseconds from `earlier` to this moment.
    public func millisecondsSince(_ earlier: Instant) -> Int64 {
        milliseconds - earlier.milliseconds
    }

    /// The earlier one first.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Instant: Codable {
    /// Reads the number of milliseconds.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the number of milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}
