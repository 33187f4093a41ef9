/// Encoded records that will be put in one transaction, in the order of their keys.
///
/// Sorted, a batch touches each page of the table once, and what lies beyond the table's last key is appended:
/// importing costs about half of what putting in the order of arrival costs. Memory is used again after `removeAll`.
public struct RecordBatch: ~Copyable, Sendable {
    struct Item: Sendable {
        /// The key's first 8 bytes as a number: decides most comparisons.
        let prefix: UInt64
        let offset: Int
        let keyBytes: Int
        let recordBytes: Int
        /// How many records were appended before this one.
        let place: Int

        var keyRange: Range<Int> { offset..<offset + keyBytes }
        var recordRange: Range<Int> { keyRange.upperBound..<keyRange.upperBound + recordBytes }
    }

    private(set) var items: [Item] = []
    private var bytes: [UInt8] = []

    /// An empty batch.
    public init() {}

    /// How many records it holds.
    public var count: Int { items.count }

    /// How many bytes its keys and records have.
    public var byteCount: Int { bytes.count }

    /// Adds a record that is already encoded, with its encoded primary key.
    public mutating func append(key: RawSpan, record: RawSpan) {
        items.append(
            Item(
                prefix: key.leadingNumber, offset: bytes.count, keyBytes: key.byteCount, recordBytes: record.byteCount,
                place: items.count))
        key.withUnsafeBytes { bytes.append(contentsOf: $0) }
        record.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Sorts by key; records of one key stay in the order in which they came.
    mutating func sort() {
        let buffer = bytes
        func isBefore(_ a: Item, _ b: Item) -> Bool {
            if a.prefix != b.prefix { return a.prefix < b.prefix }
            let span = buffer.span.bytes
            let order = span.extracting(a.keyRange).compare(span.extracting(b.keyRange))
            return order != 0 ? order < 0 : a.place < b.place
        }
        // Files are often in key order: looking is cheaper than sorting.
        guard (1..<max(items.count, 1)).contains(where: { isBefore(items[$0], items[$0 - 1]) }) else { return }
        items.sort(by: isBefore)
    }

    @inline(__always)
    func withRecord<R>(_ item: Item, _ body: (_ key: RawSpan, _ record: RawSpan) throws -> R) rethrows -> R {
        let span = bytes.span.bytes
        return try body(span.extracting(item.keyRange), span.extracting(item.recordRange))
    }
}

/// A record of a batch that was refused.
public struct RecordBatchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// How many records were appended to the batch before it.
    public let place: Int
    /// Why it was refused.
    public let cause: GaplessError

    /// The reason.
    public var description: String { cause.description }
}
