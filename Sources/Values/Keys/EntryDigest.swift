internal import CXXHash

/// A sum over a multiset of entries, by which two sides tell that they hold the same entries.
///
/// The count, and the 128-bit wrapping sum of the XXH3-128 of each entry: independent of order, additive over parts,
/// and sensitive to an entry that is there twice. It finds mistakes; it is no defence against forgery.
public struct EntryDigest: Hashable, Sendable, Codable {
    /// How many entries.
    public private(set) var count: UInt64
    /// The lower half of the sum.
    public private(set) var low: UInt64
    /// The upper half of the sum.
    public private(set) var high: UInt64

    /// The digest of no entries.
    public static let zero = EntryDigest(count: 0, low: 0, high: 0)

    /// A digest from its parts, as they were stored.
    public init(count: UInt64, low: UInt64, high: UInt64) {
        self.count = count
        self.low = low
        self.high = high
    }

    /// Adds one entry.
    public mutating func add(entry: RawSpan) {
        let hash = entry.withUnsafeBytes { WideHash(of: $0) }
        add(count: 1, low: hash.low, high: hash.high)
    }

    /// The digest of the entries of both.
    public static func + (a: EntryDigest, b: EntryDigest) -> EntryDigest {
        var sum = a
        sum.add(count: b.count, low: b.low, high: b.high)
        return sum
    }

    /// Adds all entries of another digest.
    public static func += (a: inout EntryDigest, b: EntryDigest) { a = a + b }

    @inline(__always)
    private mutating func add(count: UInt64, low: UInt64, high: UInt64) {
        let (sum, carries) = self.low.addingReportingOverflow(low)
        self.count &+= count
        self.low = sum
        self.high = self.high &+ high &+ (carries ? 1 : 0)
    }
}

/// The 128-bit XXH3 of some bytes.
struct WideHash {
    let low: UInt64
    let high: UInt64

    /// Hashes all the bytes.
    @inline(__always)
    init(of bytes: UnsafeRawBufferPointer) {
        let hash = XXH_INLINE_XXH3_128bits(bytes.baseAddress, bytes.count)
        low = hash.low64
        high = hash.high64
    }
}
