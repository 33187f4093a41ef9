internal import CHints
internal import Glibc
public import Values

/// Reads one run in order, and hands out no entry of a block before the whole block has been verified.
///
/// The footer is read and verified when the run is opened; the file is open only during a read. A reader keeps its
/// block index and a window of a block in memory. One thread at a time may use a reader.
public struct RunReader: ~Copyable {
    /// So far behind an entry memory is asked for as it is read: a merge comes back to the run after as many entries as
    /// there are runs, and the window has left the processor's nearer caches since it was read.
    private static let bytesAhead = 128
    /// Bytes of a run between two times that what lies behind is given back to the system.
    private static let bytesBetweenForgetting: UInt64 = 512 << 10

    private let input: RunInput
    let footer: RunFooter
    /// The file's size, digest and checksum as found.
    public let summary: RunSummary

    /// The current entry, with eight readable bytes after the longest one.
    let entry: UnsafeMutableRawPointer
    private(set) var entryBytes = 0
    /// How many bytes the current entry shares with its predecessor.
    private(set) var sharedBytes = 0

    /// A block with its header; less than that if the merger lends a buffer to verify it in.
    private let window: UnsafeMutableRawPointer
    private let windowBytes: Int
    private let scratch: UnsafeMutableRawPointer?
    private var position: UnsafeRawPointer
    private var end: UnsafeRawPointer
    /// How many bytes of the block's payload lie beyond the window.
    private var payloadLeft = 0
    private var entriesLeft = 0
    private var ordinal = -1
    /// The bytes before here need not stay in the system's cache; nil: all stay.
    private var forgotten: UInt64?

    init(
        input: RunInput, footer: RunFooter, summary: RunSummary, windowBytes: Int, scratch: UnsafeMutableRawPointer?,
        isForgetting: Bool = false
    ) {
        forgotten = isForgetting ? 0 : nil
        self.input = input
        self.footer = footer
        self.summary = summary
        let whole = RunFormat.blockHeaderBytes + footer.payloadBytesMax
        self.windowBytes = scratch == nil ? whole : min(windowBytes, whole)
        self.scratch = scratch
        window = .allocate(byteCount: self.windowBytes, alignment: 16)
        entry = .allocate(byteCount: RunLimits.entryBytesMax + 9, alignment: 16)
        memset(entry, 0, RunLimits.entryBytesMax + 9)
        position = UnsafeRawPointer(window)
        end = position
    }

    deinit {
        window.deallocate()
        entry.deallocate()
    }

    /// What the footer says.
    public var contents: RunContents { footer.contents }

    /// The file.
    public var path: String { input.path }

    /// The memory of the reader in bytes.
    public var memoryBytes: Int { windowBytes + footer.indexBytes + RunLimits.entryBytesMax + 9 }

    /// Moves to the next entry, at first to the first one; false at the end of the run.
    ///
    /// Errors: `.missing`, `.wrongSize`, `.corrupt`, `.system`. The reader must not be used after an error.
    @inline(__always)
    public mutating func next() throws(RunError) -> Bool {
        if entriesLeft == 0 { return try nextBlock() }
        if end - position < RunFormat.encodedEntryBytesMax && payloadLeft > 0 { try slideWindow() }
        guard let lengths = decodeLengths() else { throw corrupt("an entry's length is not possible") }
        sharedBytes = lengths.shared
        guard lengths.shared <= entryBytes, lengths.own > 0, lengths.shared + lengths.own <= RunLimits.entryBytesMax,
            lengths.own <= end - position,
            lengths.shared == entryBytes || isAscending(at: lengths.shared)
        else { throw corrupt("an entry does not follow its predecessor") }
        memcpy(entry + lengths.shared, position, lengths.own)
        position += lengths.own
        gapless_prefetch(position + RunReader.bytesAhead)
        entryBytes = lengths.shared + lengths.own
        entriesLeft -= 1
        return true
    }

    /// Moves to the first entry greater than `entry`, whether or not it is in the run; false if there is none.
    public mutating func seek(after entry: RawSpan) throws(RunError) -> Bool {
        try entry.withUnsafeBytes { target throws(RunError) in
            position = end
            entriesLeft = 0
            payloadLeft = 0
            entryBytes = 0
            ordinal = footer.firstBlock(after: target) - 1
            while try next() {
                if compare(UnsafeRawBufferPointer(start: self.entry, count: entryBytes), target) > 0 {
                    sharedBytes = 0
                    return true
                }
            }
            return false
        }
    }

    /// Calls `body` with the current entry; the span is valid only in the call.
    ///
    /// Traps before the first `next`.
    public borrowing func withEntry<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        guard entryBytes > 0 else { fatalError("a run's reader is not at an entry: \(input.path)") }
        return try body(RawSpan(_unsafeStart: UnsafeRawPointer(entry), byteCount: entryBytes))
    }
}

extension RunReader {
    @inline(__always)
    private func isAscending(at shared: Int) -> Bool {
        position.load(as: UInt8.self) > entry.load(fromByteOffset: shared, as: UInt8.self)
    }

    @inline(__always)
    private mutating func decodeLengths() -> (shared: Int, own: Int)? {
        guard let shared = decodeLength(), let own = decodeLength() else { return nil }
        return (shared, own)
    }

    @inline(__always)
    private mutating func decodeLength() -> Int? {
        guard position < end else { return nil }
        let low = Int(position.load(as: UInt8.self))
        position += 1
        if low < 0x80 { return low }
        guard position < end else { return nil }
        let high = Int(position.load(as: UInt8.self))
        position += 1
        return high << 7 | (low & 0x7F)
    }

    /// Goes on with the next block's first entry; false if there is none.
    @inline(never)
    private mutating func nextBlock() throws(RunError) -> Bool {
        guard position == end && payloadLeft == 0 else { throw corrupt("bytes follow its last entry") }
        guard ordinal + 1 < footer.blockCount else { return false }
        ordinal += 1
        let block = footer.block(ordinal)
        try load(block, from: 0)
        try forget(before: block)
        entriesLeft = block.entries
        guard let lengths = decodeLengths(), lengths.shared == 0, lengths.own > 0,
            lengths.own <= RunLimits.entryBytesMax, lengths.own <= end - position
        else { throw corrupt("its first entry is not possible") }
        // The first entry of a block stands there whole; what it shares with its predecessor is found by comparison.
        let common = min(entryBytes, lengths.own)
        sharedBytes = mismatch(UnsafeRawPointer(entry), position, from: 0, to: common)
        let isGreater =
            sharedBytes < common ? isFirstAscending(at: sharedBytes) : sharedBytes < lengths.own
        guard isGreater else { throw corrupt("its first entry does not follow its predecessor") }
        memcpy(entry, position, lengths.own)
        position += lengths.own
        entryBytes = lengths.own
        entriesLeft -= 1
        return true
    }

    /// Blocks that were passed give their memory back, some at a time.
    private mutating func forget(before block: RunFooter.Block) throws(RunError) {
        guard let start = forgotten, block.offset >= start + RunReader.bytesBetweenForgetting else { return }
        try input.forget(start..<block.offset)
        forgotten = block.offset
    }

    private func isFirstAscending(at place: Int) -> Bool {
        position.load(fromByteOffset: place, as: UInt8.self) > entry.load(fromByteOffset: place, as: UInt8.self)
    }

    /// Moves the window so that it begins at `position`: the block is read and verified again.
    @inline(never)
    private mutating func slideWindow() throws(RunError) {
        let block = footer.block(ordinal)
        try load(block, from: block.payloadBytes - payloadLeft - (end - position))
    }

    /// Reads a block, verifies it, and shows its payload from `offset` on in the window.
    private mutating func load(_ block: RunFooter.Block, from offset: Int) throws(RunError) {
        let wholeBytes = RunFormat.blockHeaderBytes + block.payloadBytes
        let isWindowed = wholeBytes > windowBytes
        guard let target = isWindowed ? scratch : window else { fatalError("a window without a block: \(input.path)") }
        let whole = UnsafeMutableRawBufferPointer(start: target, count: wholeBytes)
        try input.read(whole, at: block.offset)
        try verify(UnsafeRawBufferPointer(whole), block)
        let payload = target + (RunFormat.blockHeaderBytes + offset)
        let left = block.payloadBytes - offset
        let shown = isWindowed ? min(left, windowBytes) : left
        if isWindowed { memcpy(window, payload, shown) }
        position = UnsafeRawPointer(isWindowed ? window : payload)
        end = position + shown
        payloadLeft = left - shown
    }

    private func verify(_ bytes: UnsafeRawBufferPointer, _ block: RunFooter.Block) throws(RunError) {
        guard let start = bytes.baseAddress else { fatalError("a block without bytes") }
        let checksum = RunFormat.checksum(UnsafeRawBufferPointer(rebasing: bytes[8...]))
        guard checksum == block.checksum, start.number(at: 0, as: UInt64.self) == checksum else {
            throw corrupt("its checksum is wrong")
        }
        guard start.number(at: 8, as: UInt32.self) == UInt32(ordinal),
            start.number(at: 12, as: UInt32.self) == UInt32(block.entries),
            start.number(at: 16, as: UInt32.self) == UInt32(block.payloadBytes)
        else { throw corrupt("its header and the block index differ") }
    }

    private func corrupt(_ reason: String) -> RunError {
        RunError(.corrupt, path: input.path, call: "block \(ordinal)", reason: reason)
    }
}
