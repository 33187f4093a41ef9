internal import CHints
internal import Glibc

/// Entries in memory, within a fixed bound, to be sorted by their bytes or handed on in the order they came.
///
/// One buffer: entry bytes grow from its front, 16-byte sort items from its end; it is full when they meet.
/// All of the buffer is there from the beginning, as address space: the system gives memory to what is touched. One
/// thread at a time may use an arena; it may be passed between threads, which is how a merging thread hands batches to
/// an appending one.
public struct EntryArena: ~Copyable, @unchecked Sendable {  // owns its memory and cannot be copied
    /// The most memory that the arena ever holds, in bytes.
    public let memoryBytesMax: Int
    /// The number of entries.
    public private(set) var count = 0
    /// The bytes of all entries.
    public private(set) var entryBytes = 0
    /// How many leading bytes all entries share.
    public private(set) var commonPrefixBytes = 0

    private let memory: ArenaMemory
    private let shelf: ArenaShelf?
    private let buffer: UnsafeMutableRawPointer
    /// Items lie in ascending order in memory; else in the reverse order of arrival.
    private var isSorted = false

    private static let placesAhead = 16

    /// Creates an arena that never holds more than `memoryBytesMax` bytes (at least 4,096), 16 of them for each entry.
    ///
    /// With a shelf its memory comes from there and goes back there.
    public init(memoryBytesMax: Int, from shelf: ArenaShelf? = nil) {
        let most = max(memoryBytesMax, 4096) & ~(SortItem.bytes - 1)
        // Made before any field is set: read in the closure of a `??` meanwhile, `self` was released once too often by
        // release builds of Swift 6.3.
        let memory = if let shelf { shelf.lend(most) } else { ArenaMemory(bytes: most) }
        self.memoryBytesMax = most
        self.shelf = shelf
        self.memory = memory
        buffer = memory.start
    }

    deinit { shelf?.giveBack(memory) }

    /// True if there is no entry.
    public var isEmpty: Bool { count == 0 }

    /// Appends a copy of the entry; false, and nothing appended, if the arena is full.
    ///
    /// An entry has 1 to `RunLimits.entryBytesMax` bytes; another length is a defect of the caller and traps.
    ///
    /// `tail`: so many bytes at its end, fewer than it has, are known to come in ascending order. The caller promises
    /// that what is before the tail begins no entry that has another head, and that entries of the same head and with a
    /// tail were appended in order: so these are sorted by their heads alone. An index key is a head; the primary key,
    /// and a scan meets records in the order of theirs, is the tail.
    public mutating func append(_ entry: RawSpan, tail: Int = 0) -> Bool {
        entry.withUnsafeBytes { bytes in append(bytes: bytes, tail: tail) }
    }

    /// Sorts by the bytes (as `memcmp`, a prefix before what it begins); returns how many entries equal their
    /// predecessor: 0 if all are distinct. `look` is called from time to time, some 0.2 ms apart where there are many.
    @discardableResult
    public mutating func sort(lookingUp look: @escaping () -> Void = {}) -> Int {
        isSorted = true
        guard count > 1 else { return 0 }
        var sorter = EntrySorter(bytes: UnsafeRawPointer(buffer), lookingUp: look)
        sorter.sort(items, count, depth: commonPrefixBytes)
        return sorter.equalPairs
    }

    /// Calls `body` with each entry: ascending after `sort`, else as they came.
    ///
    /// The span is valid only in the call.
    public borrowing func forEach<E: Error>(_ body: (RawSpan) throws(E) -> Void) throws(E) {
        // Sorted entries lie scattered: one some places ahead is fetched now, so that it has come from memory when its
        // turn comes (measured in the writer, an entry: 181 ns without, 124 ns by reading a byte of it, which waits
        // for the memory when many misses are under way, 57 ns so).
        for position in 0..<count {
            gapless_prefetch(bytes(at: min(position + Self.placesAhead, count - 1)).baseAddress)
            try body(RawSpan(_unsafeBytes: bytes(at: position)))
        }
    }

    /// Calls `body` with the entries at these positions of the order of `forEach`.
    ///
    /// The span is valid only in the call. Not generic, so that other modules call the loop and not what it does for
    /// each entry.
    public borrowing func forEach(in positions: Range<Int>, _ body: (RawSpan) throws -> Void) throws {
        guard positions.lowerBound >= 0 && positions.upperBound <= count else { fatalError("\(positions) of \(count)") }
        for position in positions { try body(RawSpan(_unsafeBytes: bytes(at: position))) }
    }

    /// Forgets all entries and keeps the memory.
    public mutating func removeAll() {
        count = 0
        entryBytes = 0
        commonPrefixBytes = 0
        isSorted = false
    }
}

extension EntryArena {
    /// The items, lowest address first.
    private var items: UnsafeMutablePointer<SortItem> {
        (buffer + (memoryBytesMax - count * SortItem.bytes)).assumingMemoryBound(to: SortItem.self)
    }

    @inline(__always)
    private borrowing func bytes(at position: Int) -> UnsafeRawBufferPointer {
        let item = items[isSorted ? position : count - 1 - position]
        return UnsafeRawBufferPointer(start: buffer + item.offset, count: item.length)
    }

    @inline(__always)
    mutating func append(bytes entry: UnsafeRawBufferPointer, tail: Int = 0) -> Bool {
        guard let start = entry.baseAddress, entry.count > 0 && entry.count <= RunLimits.entryBytesMax else {
            fatalError("an entry has 1 to \(RunLimits.entryBytesMax) bytes, not \(entry.count)")
        }
        if isSorted { appendingResumed() }
        guard entryBytes + entry.count + (count + 1) * SortItem.bytes <= memoryBytesMax else { return false }
        memcpy(buffer + entryBytes, start, entry.count)
        noteCommonPrefix(start, entry.count)
        count += 1
        let head = tail > 0 ? entry.count &- tail : 0
        items.initialize(to: SortItem(prefix: 0, offset: entryBytes, length: entry.count, head: head))
        entryBytes += entry.count
        return true
    }

    @inline(__always)
    private mutating func noteCommonPrefix(_ entry: UnsafeRawPointer, _ length: Int) {
        if count == 0 {
            commonPrefixBytes = length
        } else {
            commonPrefixBytes = mismatch(UnsafeRawPointer(buffer), entry, from: 0, to: min(length, commonPrefixBytes))
        }
    }

    /// Turns sorted items round, so that new ones follow them in the order of arrival.
    private mutating func appendingResumed() {
        var all = UnsafeMutableBufferPointer(start: items, count: count)
        all.reverse()
        isSorted = false
    }
}
