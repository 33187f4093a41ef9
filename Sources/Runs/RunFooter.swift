internal import Values

/// A run's footer in memory: its contents and its block index.
struct RunFooter {
    /// Where one block lies and what it must be.
    struct Block {
        let offset: UInt64
        let checksum: UInt64
        let payloadBytes: Int
        let entries: Int
    }

    let contents: RunContents
    let blockCount: Int
    /// The largest payload of a block.
    let payloadBytesMax: Int
    /// Index records, then separators; block i's separator is greater than all before the block, and at most its first.
    private let index: [UInt8]

    /// The memory of the index in bytes.
    var indexBytes: Int { index.count }

    func block(_ ordinal: Int) -> Block {
        index.withUnsafeBytes { bytes in Self.record(bytes, ordinal) }
    }

    /// The first block that may hold an entry greater than `entry`.
    func firstBlock(after entry: UnsafeRawBufferPointer) -> Int {
        var low = 0
        var high = blockCount
        // Blocks whose separator is not greater than the entry: all but the last of them hold smaller entries only.
        while low < high {
            let middle = (low + high) / 2
            if isSeparatorGreater(middle, than: entry) { high = middle } else { low = middle + 1 }
        }
        return max(low - 1, 0)
    }

    private func isSeparatorGreater(_ ordinal: Int, than entry: UnsafeRawBufferPointer) -> Bool {
        index.withUnsafeBytes { bytes in
            compare(UnsafeRawBufferPointer(rebasing: bytes[separatorRange(ordinal, bytes)]), entry) > 0
        }
    }

    /// Bytes between what is before a block and its first entry; none if there is no such block.
    func separator(_ ordinal: Int) -> [UInt8] {
        guard ordinal < blockCount else { return [] }
        return index.withUnsafeBytes { bytes in Array(bytes[separatorRange(ordinal, bytes)]) }
    }

    private func separatorRange(_ ordinal: Int, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        let heap = blockCount * RunFormat.indexRecordBytes
        let start = ordinal == 0 ? 0 : Self.separatorEnd(bytes, ordinal - 1)
        return (heap + start)..<(heap + Self.separatorEnd(bytes, ordinal))
    }
}

extension RunFooter {
    /// Parses the bytes between the last block and the tail, whose checksum has been verified; says what is wrong
    /// with them otherwise.
    static func parse(_ bytes: UnsafeRawBufferPointer, footerOffset: UInt64) -> Result<RunFooter, Flaw> {
        guard let start = bytes.baseAddress, bytes.count >= RunFormat.footerFixedBytes,
            bytes.starts(with: RunFormat.footerMagic)
        else { return .failure(Flaw("the footer is not one")) }
        let version: UInt32 = start.number(at: 8)
        guard version == RunFormat.version else { return .failure(Flaw("the footer has version \(version)")) }
        let blocks = Int(start.number(at: 52, as: UInt32.self))
        let firstBytes = Int(start.number(at: 112, as: UInt16.self))
        let lastBytes = Int(start.number(at: 114, as: UInt16.self))
        let separators = Int(start.number(at: 116, as: UInt32.self))
        let index = RunFormat.footerFixedBytes + firstBytes + lastBytes
        guard bytes.count == index + blocks * RunFormat.indexRecordBytes + separators else {
            return .failure(Flaw("the footer's lengths do not add up"))
        }
        let first = [UInt8](bytes[RunFormat.footerFixedBytes..<(index - lastBytes)])
        let last = [UInt8](bytes[(index - lastBytes)..<index])
        guard let contents = contents(start, first: first, last: last) else {
            return .failure(Flaw("the footer's snapshot transactions are not in order"))
        }
        return checkedIndex([UInt8](bytes[index...]), blocks, footerOffset, contents)
    }

    /// A footer that contradicts itself: for the message of a `RunError`.
    struct Flaw: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func contents(_ start: UnsafeRawPointer, first: [UInt8], last: [UInt8]) -> RunContents? {
        let snapshots: (UInt64, UInt64) = (start.number(at: 72), start.number(at: 80))
        guard snapshots.0 <= snapshots.1 else { return nil }
        let identity = RunIdentity(
            environment: [UInt8](UnsafeRawBufferPointer(start: start + 16, count: 16)), job: start.number(at: 32),
            range: start.number(at: 40), attempt: start.number(at: 48), index: start.number(at: 12),
            generation: start.number(at: 56))
        let digest = EntryDigest(count: start.number(at: 88), low: start.number(at: 96), high: start.number(at: 104))
        return RunContents(
            identity: identity, recordsSeen: start.number(at: 64), snapshotTransactions: snapshots.0...snapshots.1,
            digest: digest, firstEntry: first, lastEntry: last)
    }

    /// Checks that the blocks fill the file without a gap and hold as many entries as the footer says.
    private static func checkedIndex(
        _ index: [UInt8], _ blocks: Int, _ footerOffset: UInt64, _ contents: RunContents
    ) -> Result<RunFooter, Flaw> {
        var offset = UInt64(RunFormat.header.count)
        var entries: UInt64 = 0
        var separator = 0
        var largest = 0
        for ordinal in 0..<blocks {
            let block = index.withUnsafeBytes { record($0, ordinal) }
            let end = index.withUnsafeBytes { separatorEnd($0, ordinal) }
            let limit = index.count - blocks * RunFormat.indexRecordBytes
            guard block.offset == offset, block.entries > 0, block.payloadBytes > 0,
                block.payloadBytes <= RunLimits.blockBytesMax, end > separator, end <= limit
            else { return .failure(Flaw("the block index is wrong at block \(ordinal)")) }
            offset += UInt64(RunFormat.blockHeaderBytes + block.payloadBytes)
            entries += UInt64(block.entries)
            separator = end
            largest = max(largest, block.payloadBytes)
        }
        guard offset == footerOffset, entries == contents.digest.count else {
            return .failure(Flaw("the blocks are not what the footer counts"))
        }
        return .success(
            RunFooter(contents: contents, blockCount: blocks, payloadBytesMax: largest, index: index))
    }

    private static func record(_ bytes: UnsafeRawBufferPointer, _ ordinal: Int) -> Block {
        let start = UnsafeRawPointer(startOf(bytes)) + ordinal * RunFormat.indexRecordBytes
        return Block(
            offset: start.number(at: 0), checksum: start.number(at: 8),
            payloadBytes: Int(start.number(at: 16, as: UInt32.self)),
            entries: Int(start.number(at: 20, as: UInt32.self)))
    }

    private static func separatorEnd(_ bytes: UnsafeRawBufferPointer, _ ordinal: Int) -> Int {
        let start = startOf(bytes) + ordinal * RunFormat.indexRecordBytes
        return Int(start.number(at: 24, as: UInt32.self))
    }

    private static func startOf(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
        guard let start = bytes.baseAddress else { fatalError("a block index without bytes") }
        return start
    }
}
