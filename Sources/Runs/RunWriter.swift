internal import Glibc
public import Values

/// Writes one run: entries in strictly ascending order, then `finish`.
///
/// The file grows as `NAME.tmp` and gets its name only after its bytes are durable. A writer that goes away without
/// `finish` removes what it wrote. One thread at a time may use a writer.
public struct RunWriter: ~Copyable {
    private let file: RunFile
    private let identity: RunIdentity
    private let blockBytes: Int
    private let report: @Sendable (RunError) -> Void

    /// The block under construction: its header's room, then its payload.
    private let block: UnsafeMutableRawPointer
    private var payloadBytes = 0
    private var blockEntries = 0

    /// The last entry appended.
    private let last: UnsafeMutableRawPointer
    private var lastBytes = 0
    private var firstEntry: [UInt8] = []
    private var separator: [UInt8] = []

    private var index = RunFooterBuilder()
    private var digest = EntryDigest.zero

    /// Creates `path` with `.tmp` behind it, whose folder must be there.
    ///
    /// `reportingTo` is called, once at most, if a writer that goes away without `finish` or `abandon` cannot remove
    /// its file. `blockBytes` is clamped to the limits of the format. Errors: `.system` and `.missing` (no such
    /// folder).
    public init(
        path: String, identity: RunIdentity, blockBytes: Int = RunLimits.blockBytes, calls: FileCalls = .system,
        reportingTo report: @escaping @Sendable (RunError) -> Void
    ) throws(RunError) {
        file = try RunFile.created(path: path, calls: calls, reportingTo: report)
        self.identity = identity
        self.blockBytes = min(max(blockBytes, RunLimits.blockBytesMin), RunLimits.blockBytesMax)
        self.report = report
        block = .allocate(byteCount: RunFormat.blockHeaderBytes + self.blockBytes, alignment: 16)
        last = .allocate(byteCount: RunLimits.entryBytesMax, alignment: 16)
    }

    deinit {
        block.deallocate()
        last.deallocate()
        do { try file.abandon() } catch { report(error) }
    }

    /// The number of entries so far.
    public var count: UInt64 { digest.count }

    /// The bytes handed to the file so far.
    public var bytesWritten: UInt64 { file.bytesWritten }

    /// Appends an entry of 1 to `RunLimits.entryBytesMax` bytes that is greater than the one before.
    ///
    /// Errors: `.equalEntry`, `.descendingEntry`, `.entrySize`, and what writing a full block may give. After an error
    /// the run cannot be finished.
    public mutating func append(_ entry: RawSpan) throws(RunError) {
        try entry.withUnsafeBytes { bytes throws(RunError) in try append(bytes: bytes) }
        digest.add(entry: entry)
    }

    /// Entries between calls of `look`: about 50 microseconds.
    private static let entriesPerLook: UInt64 = 1_024

    /// Appends all entries of a sorted arena; `look` is called from time to time.
    public mutating func append(
        sorted arena: borrowing EntryArena, lookingUp look: () -> Void = {}
    ) throws(RunError) {
        try arena.forEach { entry throws(RunError) in
            if digest.count.isMultiple(of: RunWriter.entriesPerLook) { look() }
            try append(entry)
        }
    }

    /// Writes the footer, makes the file durable, gives it its name and makes the name durable.
    ///
    /// Records without entries count in `recordsSeen`. After an error the file is removed with the writer.
    public consuming func finish(
        recordsSeen: UInt64, snapshotTransactions: ClosedRange<UInt64>
    ) throws(RunError) -> RunSummary {
        try file.requireSound()
        if blockEntries > 0 { try writeBlock() }
        let contents = RunContents(
            identity: identity, recordsSeen: recordsSeen, snapshotTransactions: snapshotTransactions, digest: digest,
            firstEntry: firstEntry, lastEntry: [UInt8](UnsafeRawBufferPointer(start: last, count: lastBytes)))
        let footer = index.encode(contents)
        try file.write(footer.bytes)
        try file.publish()
        return RunSummary(
            file: file.name, bytes: file.bytesWritten, digest: digest, checksum: footer.checksum)
    }

    /// Removes what was written; the error says why it could not be.
    public consuming func abandon() throws(RunError) {
        try file.abandon()
    }
}

extension RunWriter {
    @inline(__always)
    private mutating func append(bytes entry: UnsafeRawBufferPointer) throws(RunError) {
        guard let start = entry.baseAddress, entry.count > 0 && entry.count <= RunLimits.entryBytesMax else {
            throw file.failed(.entrySize, "an entry has 1 to \(RunLimits.entryBytesMax) bytes, not \(entry.count)")
        }
        let common = min(entry.count, lastBytes)
        var shared = mismatch(start, UnsafeRawPointer(last), from: 0, to: common)
        if shared == entry.count || (shared < lastBytes && isDescending(start, at: shared)) {
            throw orderError(entry, shared)
        }
        if payloadBytes + RunFormat.encodedEntryBytesMax > blockBytes { try writeBlock() }
        if blockEntries == 0 {
            separator = [UInt8](UnsafeRawBufferPointer(start: start, count: shared + 1))
            if firstEntry.isEmpty { firstEntry = [UInt8](entry) }
            memcpy(last, start, entry.count)
            shared = 0
        } else {
            memcpy(last + shared, start + shared, entry.count - shared)
        }
        lastBytes = entry.count
        blockEntries += 1
        putLength(shared)
        putLength(entry.count - shared)
        memcpy(block + (RunFormat.blockHeaderBytes + payloadBytes), last + shared, entry.count - shared)
        payloadBytes += entry.count - shared
    }

    @inline(__always)
    private func isDescending(_ entry: UnsafeRawPointer, at place: Int) -> Bool {
        (entry + place).load(as: UInt8.self) < (last + place).load(as: UInt8.self)
    }

    /// Seven bits a byte, low ones first, the top bit on all but the last; lengths need two bytes at most.
    @inline(__always)
    private mutating func putLength(_ length: Int) {
        let place = block + (RunFormat.blockHeaderBytes + payloadBytes)
        if length < 0x80 {
            place.storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
            payloadBytes += 1
        } else {
            place.storeBytes(of: UInt8(truncatingIfNeeded: length) | 0x80, as: UInt8.self)
            (place + 1).storeBytes(of: UInt8(truncatingIfNeeded: length >> 7), as: UInt8.self)
            payloadBytes += 2
        }
    }

    private func orderError(_ entry: UnsafeRawBufferPointer, _ shared: Int) -> RunError {
        let isEqual = shared == entry.count && shared == lastBytes
        let previous = hex(UnsafeRawBufferPointer(start: last, count: lastBytes))
        let words = "entry \(digest.count), \(hex(entry)), is not greater than its predecessor \(previous)"
        return file.failed(isEqual ? .equalEntry : .descendingEntry, words)
    }

    private mutating func writeBlock() throws(RunError) {
        block.store(number: UInt32(index.blockCount), at: 8)
        block.store(number: UInt32(blockEntries), at: 12)
        block.store(number: UInt32(payloadBytes), at: 16)
        block.store(number: UInt32(0), at: 20)
        let whole = UnsafeRawBufferPointer(start: block, count: RunFormat.blockHeaderBytes + payloadBytes)
        let checksum = RunFormat.checksum(UnsafeRawBufferPointer(rebasing: whole[8...]))
        block.store(number: checksum, at: 0)
        let described = RunFooter.Block(
            offset: file.bytesWritten, checksum: checksum, payloadBytes: payloadBytes, entries: blockEntries)
        try file.write(whole)
        index.note(described, separator: separator)
        payloadBytes = 0
        blockEntries = 0
    }
}
