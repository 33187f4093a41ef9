/// How long application writers waited for the writer lock, in classes of length: what moved between two looks counts.
public struct WriterWaits: Hashable, Sendable {
    /// How many classes there are: two to each doubling, from 1 microsecond to more than an hour.
    public static let classes = 64

    /// Writers admitted after a wait of each class, ever.
    public internal(set) var counts: [UInt64]

    init(counts: [UInt64]) { self.counts = counts }

    /// No writer at all.
    public static let none = WriterWaits(counts: Array(repeating: 0, count: classes))

    mutating func add(_ writers: UInt64, ofMicroseconds wait: Int64) {
        counts[Self.place(ofNanoseconds: UInt64(wait) * 1_000)] += writers
    }

    /// What was added since an earlier look.
    public func since(_ earlier: WriterWaits) -> WriterWaits {
        WriterWaits(counts: zip(counts, earlier.counts).map { $0 &- $1 })
    }

    /// How many writers.
    public var total: UInt64 { counts.reduce(0, &+) }

    /// How many waited for certain at least so long.
    public func count(atLeastMicroseconds bound: Int64) -> UInt64 {
        counts.indices.reduce(0) { sum, place in
            Self.lowerMicroseconds(of: place) >= bound ? sum &+ counts[place] : sum
        }
    }

    /// The class of a wait.
    static func place(ofNanoseconds nanoseconds: UInt64) -> Int {
        let micros = max(nanoseconds / 1_000, 1)
        let octave = 63 - micros.leadingZeroBitCount
        // The second half of an octave begins at one and a half times its start.
        let isUpper = micros - (1 << UInt64(octave)) >= (1 << UInt64(octave)) / 2 && octave > 0
        return min(2 * octave + (isUpper ? 1 : 0), classes - 1)
    }

    /// The shortest wait of a class, in microseconds.
    static func lowerMicroseconds(of place: Int) -> Int64 {
        let start = Int64(1) << Int64(place / 2)
        return place.isMultiple(of: 2) ? start : start + start / 2
    }
}
