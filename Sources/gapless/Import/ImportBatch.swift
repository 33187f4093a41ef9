import Glibc
import Values

/// Records on their way into one transaction: keys and records in one run of bytes, in the order of their lines.
///
/// A class so that its memory is used again.
final class ImportBatch: @unchecked Sendable {
    // One thread owns it at a time; it changes hands through a `Handoff`, whose lock puts the accesses in order.

    /// A transaction takes at most so many records.
    static let recordsMax = 16_384
    /// A transaction takes about so many bytes: it holds the database's write lock for tens of milliseconds at most.
    static let bytesMax = 8 << 20

    struct Item {
        let line: Int
        let start: Int
        let keyCount: Int
        let recordCount: Int
    }

    /// A line that became no record.
    struct BadLine {
        let line: Int
        let reason: String
        let text: [UInt8]
    }

    private(set) var bytes: [UInt8] = []
    private(set) var items: [Item] = []
    /// The places of the items in the order of their keys; of equal keys the later line is later.
    private(set) var order: [Int] = []
    /// Bad lines that were passed over while this batch was filled.
    var badLines: [BadLine] = []
    /// The text that the batch was read from; kept only when bad lines are wanted.
    var text = SourceLines()
    /// The header row of the file, in its first batch only, and only when bad lines are wanted.
    var header: [UInt8] = []
    /// How much of the file had been read when the batch was full.
    var bytesRead: UInt64 = 0

    var isEmpty: Bool { items.isEmpty && badLines.isEmpty }
    var isFull: Bool { items.count >= Self.recordsMax || bytes.count >= Self.bytesMax }

    func append(key: [UInt8], record: RawSpan, line: Int) {
        let start = bytes.count
        bytes.append(contentsOf: key)
        record.withUnsafeBytes { bytes.append(contentsOf: $0) }
        items.append(Item(line: line, start: start, keyCount: key.count, recordCount: record.byteCount))
    }

    func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        badLines.removeAll()
        header.removeAll()
        text.removeAll()
    }

    /// Calls `body` with the key and the record of an item.
    func withItem<R>(_ item: Item, _ body: (_ key: RawSpan, _ record: RawSpan) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { bytes in
            let end = item.start + item.keyCount
            let key = UnsafeRawBufferPointer(rebasing: bytes[item.start..<end])
            let record = UnsafeRawBufferPointer(rebasing: bytes[end..<(end + item.recordCount)])
            return try body(key.bytes, record.bytes)
        }
    }

    /// Puts `order` right: keys in order fill the pages of the table best.
    func sort() {
        order = Array(items.indices)
        bytes.withUnsafeBytes { base in
            guard let start = base.baseAddress else { return }
            func compare(_ left: Item, _ right: Item) -> Int {
                let shared = min(left.keyCount, right.keyCount)
                let order = memcmp(start + left.start, start + right.start, shared)
                return order != 0 ? Int(order) : left.keyCount - right.keyCount
            }
            let isInOrder = items.indices.dropFirst().allSatisfy { compare(items[$0 - 1], items[$0]) <= 0 }
            guard !isInOrder else { return }
            order.sort { left, right in
                let order = compare(items[left], items[right])
                return order != 0 ? order < 0 : left < right
            }
        }
    }

    /// The lines that items at these places, in order, were read from.
    func sourceLines(of places: [Int]) -> [[UInt8]] {
        let beginnings = (items.map(\.line) + badLines.map(\.line)).sorted()
        return text.lines(
            in: places.map { place in
                let line = items[place].line
                // The next row begins somewhere after it; what is between belongs to this one.
                let next = beginnings.partitioningIndex { $0 > line }
                return line..<(next < beginnings.count ? beginnings[next] : .max)
            })
    }
}

extension Array {
    /// The first place whose element satisfies a condition that, once true, stays true; `count` if there is none.
    fileprivate func partitioningIndex(where isInSecond: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isInSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
