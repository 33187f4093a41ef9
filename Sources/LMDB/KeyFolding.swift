/// How a database keeps the ends of its keys as duplicates of a fixed size, so that keys with one beginning share it.
///
/// ```
/// key shown                stored key    stored duplicate, 10 bytes
/// head ‖ joint ‖ 8 bytes   head          the 8 bytes, 00 00
/// head ‖ joint ‖ 10 bytes  head          the 10 bytes
/// any other                as it is      ten times FF, a mark that no tail has
/// ```
/// Cursors and transactions show the keys as they were put, in the order of their bytes, each with an empty value. That
/// order holds as long as no head begins another, and what is behind a head is a tail or sorts behind all tails.
/// It takes a database with the flags of `DatabaseFlags.folded`.
public protocol KeyFolding: Sendable {
    /// The byte between a head and a tail, which is not stored.
    var joint: UInt8 { get }

    /// The length of the head that `bytes`, a key or a bound of a seek, begin with; nil if none ends within them.
    func headLength(of bytes: RawSpan) -> Int?

    /// Tails of 8 bytes are those whose bytes (the most significant first) are in this range; others have 10.
    var shortTails: ClosedRange<UInt64> { get }
}

/// The stored duplicate of a folded key.
struct FoldedTail: Equatable {
    /// Bytes of every stored duplicate: LMDB takes any other size without a word and ruins the page by it.
    static let byteCount = 10
    static let shortLength = 8
    /// Stands beside a key that is stored as it is.
    static let mark = FoldedTail(high: .max, low: .max)

    var high: UInt64
    var low: UInt16

    init(high: UInt64, low: UInt16) {
        self.high = high
        self.low = low
    }

    /// The first ten of these bytes, with zeros for those that are not there.
    init(padding bytes: RawSpan) {
        self.init(high: 0, low: 0)
        for place in 0..<min(bytes.byteCount, Self.byteCount) {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
            if place < Self.shortLength {
                high |= UInt64(byte) << UInt64(56 - 8 * place)
            } else {
                low |= UInt16(byte) << UInt16(72 - 8 * place)
            }
        }
    }

    /// The 8 or 10 bytes from a place of a key on.
    @inline(__always)
    init(_ key: RawSpan, from place: Int) {
        high = unsafe UInt64(bigEndian: key.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
        let end = place + Self.shortLength
        low = 0
        if key.byteCount > end {
            low = unsafe UInt16(bigEndian: key.unsafeLoadUnaligned(fromByteOffset: end, as: UInt16.self))
        }
    }

    /// Whether these are all bytes of a tail of that length, and not the mark.
    @inline(__always)
    func isWhole(ofLength length: Int, _ shortTails: ClosedRange<UInt64>) -> Bool {
        shortTails.contains(high) == (length == Self.shortLength) && self != .mark
    }

    /// What a database holds; nil if it is of another size.
    init?(stored bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        unsafe high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        unsafe low = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: Self.shortLength, as: UInt16.self))
    }

    /// Calls `body` with the bytes as they are stored.
    @inline(__always)
    func withStored<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let bytes = (high.bigEndian, low.bigEndian)
        return try unsafe withUnsafeBytes(of: bytes) { try unsafe body($0) }
    }
}

extension KeyFolding {
    /// How many bytes of a key are stored as LMDB's key, and the duplicate under it.
    func fold(_ key: RawSpan) -> (keyLength: Int, tail: FoldedTail) {
        let whole = (key.byteCount, FoldedTail.mark)
        guard let head = headLength(of: key), head > 0, head < key.byteCount else { return whole }
        guard unsafe key.unsafeLoad(fromByteOffset: head, as: UInt8.self) == joint else { return whole }
        let length = key.byteCount - head - 1
        guard length == FoldedTail.shortLength || length == FoldedTail.byteCount else { return whole }
        let tail = FoldedTail(key, from: head + 1)
        guard tail.isWhole(ofLength: length, shortTails) else { return whole }
        return (head, tail)
    }

    /// The head in a bound, and the least duplicate under it that can be at or after the bound; nil if none is.
    func leastTail(atOrAfter bound: RawSpan) -> (keyLength: Int, tail: FoldedTail)? {
        guard let head = headLength(of: bound), head > 0 else { return nil }
        guard head < bound.byteCount else { return (head, FoldedTail(high: 0, low: 0)) }
        let next = unsafe bound.unsafeLoad(fromByteOffset: head, as: UInt8.self)
        if next > joint { return nil }
        let rest = bound.extracting(droppingFirst: head + 1)
        return (head, next < joint ? FoldedTail(high: 0, low: 0) : FoldedTail(padding: rest))
    }
}
