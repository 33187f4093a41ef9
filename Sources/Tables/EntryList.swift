internal import Values

/// The entries of one record, by rule, in one buffer that is used again for the next record.
struct EntryList: Sendable {
    struct Item: Sendable {
        let rule: Int
        let offset: Int
        let count: Int
    }

    private(set) var items: [Item] = []
    private var bytes: [UInt8] = []

    var isEmpty: Bool { items.isEmpty }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func append(rule: Int, entry: RawSpan) {
        items.append(Item(rule: rule, offset: bytes.count, count: entry.byteCount))
        entry.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Forgets the entries after the first `count`.
    mutating func truncate(to count: Int) {
        guard count < items.count else { return }
        bytes.removeLast(bytes.count - items[count].offset)
        items.removeLast(items.count - count)
    }

    /// Calls `body` with the bytes of one entry.
    @inline(__always)
    func withEntry<R>(_ index: Int, _ body: (RawSpan) throws -> R) rethrows -> R {
        let item = items[index]
        return try body(bytes.span.bytes.extracting(item.offset..<item.offset + item.count))
    }

    /// Sorts by rule, then by bytes.
    mutating func sort() {
        // The extractor emits in this order: looking is cheaper than sorting.
        guard (1..<max(items.count, 1)).contains(where: { compare($0 - 1, to: self, $0) > 0 }) else { return }
        let buffer = bytes
        items.sort { Self.order($0, buffer.span.bytes, $1, buffer.span.bytes) < 0 }
    }

    /// How entry `index` stands to entry `other` of `list`, by rule, then by bytes.
    @inline(__always)
    func compare(_ index: Int, to list: borrowing EntryList, _ other: Int) -> Int {
        Self.order(items[index], bytes.span.bytes, list.items[other], list.bytes.span.bytes)
    }

    @inline(__always)
    private static func order(_ a: Item, _ aBytes: RawSpan, _ b: Item, _ bBytes: RawSpan) -> Int {
        guard a.rule == b.rule else { return a.rule - b.rule }
        let left = aBytes.extracting(a.offset..<a.offset + a.count)
        return left.compare(bBytes.extracting(b.offset..<b.offset + b.count))
    }
}
