import CSimdJSON

/// The part of a text that was fed and not yet read.
///
/// Owned by one reader, which is why handing it to another thread is safe.
struct InputBuffer: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0
    /// Bytes after `start` that are known to hold no line end.
    private var searched = 0

    /// True once there is no more to come.
    var isFinished = false

    init(capacity: Int = 1 << 16) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// What is not yet read; valid until the next change.
    var pending: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: end - start) }

    /// Takes more text.
    mutating func append(_ block: RawSpan) {
        block.withUnsafeBytes { bytes in
            guard let source = bytes.baseAddress else { return }
            makeRoom(for: bytes.count)
            (base + end).copyMemory(from: source, byteCount: bytes.count)
            end += bytes.count
        }
    }

    /// Moves what is pending to the front, into larger memory if it must be.
    private mutating func makeRoom(for more: Int) {
        guard capacity - end < more else { return }
        let kept = end - start
        if capacity - kept < more {
            capacity = max(kept + more, capacity * 2)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            larger.copyMemory(from: base + start, byteCount: kept)
            base.deallocate()
            base = larger
        } else {
            // memmove: the two may overlap.
            base.copyMemory(from: base + start, byteCount: kept)
        }
        start = 0
        end = kept
    }

    /// Leaves the first `count` bytes behind.
    mutating func consume(_ count: Int) {
        start += count
        searched = 0
    }

    /// The length of the first pending line without its line feed; nil if its end is not here yet.
    mutating func lineLength() -> Int? {
        let (left, from) = (end - start, searched)
        let length = from + csj_line_length((pending.bytePointer).map { $0 + from }, left - from)
        guard length == left else { return length }
        searched = left
        return isFinished && left > 0 ? left : nil
    }

    /// Leaves the first line behind, `length` long, and its line feed.
    mutating func consumeLine(_ length: Int) { consume(min(length + 1, end - start)) }
}
