internal import Values

/// The block index and the footer while a run is written.
struct RunFooterBuilder {
    private var records: [UInt8] = []
    private var separators: [UInt8] = []
    private(set) var blockCount = 0

    /// Notes a finished block.
    mutating func note(_ block: RunFooter.Block, separator: [UInt8]) {
        separators += separator
        records.append(number: block.offset)
        records.append(number: block.checksum)
        records.append(number: UInt32(block.payloadBytes))
        records.append(number: UInt32(block.entries))
        records.append(number: UInt32(separators.count))
        records.append(number: UInt32(0))
        blockCount += 1
    }

    /// The footer and the tail, and the footer's checksum.
    func encode(_ contents: RunContents) -> (bytes: [UInt8], checksum: UInt64) {
        var bytes = RunFormat.footerMagic
        bytes.append(number: RunFormat.version)
        let identity = contents.identity
        bytes.append(number: identity.index)
        bytes += identity.environment
        bytes.append(number: identity.job)
        bytes.append(number: identity.range)
        bytes.append(number: identity.attempt)
        bytes.append(number: UInt32(blockCount))
        bytes.append(number: identity.generation)
        bytes.append(number: contents.recordsSeen)
        bytes.append(number: contents.snapshotTransactions.lowerBound)
        bytes.append(number: contents.snapshotTransactions.upperBound)
        bytes.append(number: contents.digest.count)
        bytes.append(number: contents.digest.low)
        bytes.append(number: contents.digest.high)
        bytes.append(number: UInt16(contents.firstEntry.count))
        bytes.append(number: UInt16(contents.lastEntry.count))
        bytes.append(number: UInt32(separators.count))
        bytes.append(number: UInt64(0))
        bytes += contents.firstEntry + contents.lastEntry + records + separators
        bytes.append(number: UInt64(bytes.count))
        let checksum = bytes.withUnsafeBytes { RunFormat.checksum($0) }
        bytes.append(number: checksum)
        bytes += RunFormat.tailMagic
        return (bytes, checksum)
    }
}
