/// Plain elements that grow at the end and keep their memory when emptied: scratch of the hot path.
///
/// Owned by one place at a time, so it may be handed to another thread. Indexes are checked in debug builds.
struct ElementBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    /// An empty buffer with room for `capacity` elements.
    init(capacity: Int = 16) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// Reads or replaces an element.
    subscript(index: Int) -> Element {
        @inline(__always) get {
            assert(index >= 0 && index < count)
            return base[index]
        }
        @inline(__always) set {
            assert(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    /// Adds an element at the end.
    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow(to: count + 1) }
        (base + count).initialize(to: element)
        count &+= 1
    }

    /// Empties the buffer and keeps its memory.
    @inline(__always)
    mutating func removeAll() { count = 0 }

    /// Cuts elements off the end or adds copies of `element` there.
    @inline(__always)
    mutating func resize(to newCount: Int, filling element: Element) {
        if newCount > capacity { grow(to: newCount) }
        if newCount > count { (base + count).initialize(repeating: element, count: newCount - count) }
        count = newCount
    }

    @inline(never)
    private mutating func grow(to wanted: Int) {
        let larger = max(wanted, capacity * 2)
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        moved.initialize(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = larger
    }
}
