/// Bytes that grow at the end and keep their memory when emptied: scratch of the hot path.
///
/// Owned by one place at a time, which is why handing it to another thread is safe.
struct ByteBuffer: ~Copyable, @unchecked Sendable {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    /// An empty buffer with room for `capacity` bytes.
    init(capacity: Int = 1_024) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// What is in the buffer; valid until the next change.
    var contents: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Empties the buffer and keeps its memory.
    @inline(__always)
    mutating func removeAll() { count = 0 }

    /// Makes room for `more` bytes after the present ones.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if capacity &- count < more { grow(to: count + more) }
    }

    @inline(never)
    private mutating func grow(to wanted: Int) {
        let larger = max(wanted, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }
}

extension ByteBuffer: ByteOutput {
    @inline(__always)
    mutating func append(byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(bigEndian word: Word) {
        let size = MemoryLayout<Word>.size
        reserve(size)
        base.storeBytes(of: word.bigEndian, toByteOffset: count, as: Word.self)
        count &+= size
    }

    @inline(__always)
    mutating func append(raw: UnsafeRawBufferPointer) {
        guard let start = raw.baseAddress else { return }
        reserve(raw.count)
        (base + count).copyMemory(from: start, byteCount: raw.count)
        count &+= raw.count
    }
}
