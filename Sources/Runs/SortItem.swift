/// One entry while it is sorted: where it lies, and eight of its bytes to compare without going there.
struct SortItem {
    static let bytes = 16

    /// Eight bytes of the entry from the depth of the sort on, big-endian, zeros beyond its end.
    var prefix: UInt64
    /// The offset in the arena above 12 bits of the head's length and 12 of the entry's.
    private var place: UInt64

    @inline(__always)
    init(prefix: UInt64, offset: Int, length: Int, head: Int) {
        self.prefix = prefix
        place =
            UInt64(truncatingIfNeeded: offset) << 24 | UInt64(truncatingIfNeeded: head) << 12
            | UInt64(truncatingIfNeeded: length)
    }

    @inline(__always)
    var offset: Int { Int(truncatingIfNeeded: place >> 24) }

    /// Bytes before the entry's tail; 0 if it has none. See `EntryArena.append`.
    @inline(__always)
    var head: Int { Int(truncatingIfNeeded: place >> 12 & 0xFFF) }

    @inline(__always)
    var length: Int { Int(truncatingIfNeeded: place & 0xFFF) }

    /// Loads the prefix anew; eight bytes after the entry's last one must be readable.
    @inline(__always)
    mutating func load(from bytes: UnsafeRawPointer, depth: Int) {
        prefix = leadingBytes(bytes + (offset + depth), length - depth)
    }
}
