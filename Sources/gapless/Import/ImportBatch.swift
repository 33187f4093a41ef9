import Tables
import Values

/// Records on their way into one transaction, with the lines that they were read from.
///
/// A class so that its memory is used again.
final class ImportBatch: @unchecked Sendable {
    // One thread owns it at a time; it changes hands through a `Handoff`, whose lock puts the accesses in order.

    /// A transaction takes at most so many records.
    static let recordsMax = 16_384
    /// A transaction takes about so many bytes: it holds the database's write lock for tens of milliseconds at most.
    static let bytesMax = 8 << 20

    private struct Item {
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

    /// What is stored if none of it is refused.
    var records = RecordBatch()
    /// The line of each record, in the order of the file.
    private(set) var lines: [Int] = []
    /// The same records one by one; kept only when bad lines are wanted.
    private var items: [Item] = []
    private var bytes: [UInt8] = []
    /// Bad lines that were passed over while this batch was filled.
    private(set) var badLines: [BadLine] = []
    private var badBytes = 0
    /// The text that the batch was read from; kept only when bad lines are wanted.
    var text = SourceLines()
    /// The line on which the row after this batch begins; the end of the text if there is none.
    var endLine = Int.max
    /// The header row of the file, in its first batch only, and only when bad lines are wanted.
    var header: [UInt8] = []
    /// How much of the file had been read when the batch was full.
    var bytesRead: UInt64 = 0

    var isEmpty: Bool { lines.isEmpty && badLines.isEmpty }
    var isFull: Bool {
        lines.count + badLines.count >= Self.recordsMax || records.byteCount + badBytes >= Self.bytesMax
    }
    /// The last line that is stored or listed as bad with this batch; 0 if it is empty.
    var lastLine: Int { max(lines.last ?? 0, badLines.last?.line ?? 0) }

    /// Takes a record; `isKept` says that `withRecord` will be wanted.
    func append(key: [UInt8], record: RawSpan, line: Int, isKept: Bool) {
        records.append(key: key.span.bytes, record: record)
        lines.append(line)
        guard isKept else { return }
        items.append(Item(start: bytes.count, keyCount: key.count, recordCount: record.byteCount))
        bytes.append(contentsOf: key)
        record.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Takes a line that became no record.
    func append(bad error: ImportError) {
        badLines.append(BadLine(line: error.line, reason: error.description, text: error.rawLine))
        badBytes += error.rawLine.count
    }

    func removeAll() {
        badBytes = 0
        records.removeAll()
        lines.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        badLines.removeAll()
        header.removeAll()
        text = SourceLines()
        endLine = .max
    }

    /// Calls `body` with the key and the record that were appended at a place and kept.
    func withRecord<R>(at place: Int, _ body: (_ key: RawSpan, _ record: RawSpan) throws -> R) rethrows -> R {
        let item = items[place]
        return try bytes.withUnsafeBytes { bytes in
            let end = item.start + item.keyCount
            let key = UnsafeRawBufferPointer(rebasing: bytes[item.start..<end])
            let record = UnsafeRawBufferPointer(rebasing: bytes[end..<(end + item.recordCount)])
            return try body(key.bytes, record.bytes)
        }
    }

    /// The text that the records at these places, in order, were read from.
    func sourceLines(of places: [Int]) -> [[UInt8]] {
        let beginnings = (lines + badLines.map(\.line)).sorted()
        return text.lines(
            in: places.map { place in
                let line = lines[place]
                // The next row begins somewhere after it; what is between belongs to this one.
                let next = beginnings.partitioningIndex { $0 > line }
                return line..<(next < beginnings.count ? beginnings[next] : endLine)
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
