internal import Glibc

/// Merges any number of runs into one stream of strictly ascending entries.
///
/// A tree of losers over offset-value codes: what an entry shares with the entry last handed out is one number, which the
/// front coding of the runs gives for free, and most comparisons are comparisons of these numbers. Entries that
/// are equal in two runs are an error: a record was scanned twice. Memory is bounded by `memoryBytesMax` and, beyond that,
/// about 5 KiB and the block index for each run; one file descriptor is open at a time. One thread at a time may use
/// a merger; it may be passed between threads.
public struct RunMerger: ~Copyable, @unchecked Sendable {  // owns its readers and cannot be copied
    private let readers: RunReaders
    /// Nodes 1..<k hold losers, node 0 the winner: an offset-value code above the run's number.
    private let nodes: UnsafeMutablePointer<UInt64>
    private var isStarted = false
    /// The current entry did not fit in a batch: `next` stays at it once.
    private var isPending = false

    /// An exhausted run's code: above all others.
    private static let exhausted: UInt64 = 0xFFFF_FFFF

    /// Opens and verifies all runs, and stands before the first entry greater than `start`, or before the first of all.
    ///
    /// `memoryBytesMax` bounds the buffers for blocks: with many runs each holds a part of a block only, but
    /// never less than `RunLimits.windowBytesMin`. Errors: those of `RunReader.open` and `RunReader.next`.
    public init(
        _ sources: [RunSource], after start: [UInt8] = [], memoryBytesMax: Int = RunLimits.mergeBytes,
        calls: FileCalls = .system
    ) throws(RunError) {
        readers = try RunReaders(sources, memoryBytesMax: memoryBytesMax, calls: calls)
        nodes = .allocate(capacity: max(sources.count, 1))
        nodes.initialize(repeating: Self.exhausted << 32, count: max(sources.count, 1))
        try begin(after: start)
    }

    deinit { nodes.deallocate() }

    /// The number of runs.
    public var runCount: Int { readers.count }

    /// The memory of all readers in bytes.
    public var memoryBytes: Int { readers.memoryBytes + max(runCount, 1) * MemoryLayout<UInt64>.stride }

    /// Moves to the next entry, at first to the first one; false at the end.
    ///
    /// Errors: those of `RunReader.next`, and `.equalEntry`. The merger must not be used after an error.
    @inline(__always)
    public mutating func next() throws(RunError) -> Bool {
        if isPending {
            isPending = false
        } else if isStarted {
            try advance()
        } else {
            isStarted = true
        }
        return nodes[0] >> 32 != Self.exhausted
    }

    /// Calls `body` with the current entry; the span is valid only in the call.
    ///
    /// Traps if there is none.
    public borrowing func withEntry<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        guard isStarted && nodes[0] >> 32 != Self.exhausted else { fatalError("a merger is not at an entry") }
        return try readers[Self.run(nodes[0])].pointee.withEntry(body)
    }

    /// Appends entries to the batch until it is full (true: there are more) or the runs are at their ends (false).
    ///
    /// Errors as `next`; the batch then holds what came before.
    public mutating func fill(_ batch: inout EntryArena) throws(RunError) -> Bool {
        while try next() {
            let winner = readers[Self.run(nodes[0])]
            let entry = UnsafeRawBufferPointer(start: winner.pointee.entry, count: winner.pointee.entryBytes)
            if !batch.append(bytes: entry) {
                isPending = true
                return true
            }
        }
        return false
    }
}

extension RunMerger {
    @inline(__always)
    private static func run(_ node: UInt64) -> Int { Int(truncatingIfNeeded: node & 0xFFFF_FFFF) }

    /// The code of a run's current entry that shares `offset` bytes with an entry before it.
    ///
    /// The more it shares the smaller it is, and then the byte in which it differs decides. Codes tell order only if
    /// they are relative to the same entry.
    @inline(__always)
    private func node(_ run: Int, sharing offset: Int) -> UInt64 {
        let byte = readers[run].pointee.entry.load(fromByteOffset: offset, as: UInt8.self)
        let code = UInt64(truncatingIfNeeded: RunLimits.entryBytesMax - offset) << 8 | UInt64(byte)
        return code << 32 | UInt64(truncatingIfNeeded: run)
    }

    /// Moves every run to its first entry after `start` and plays all matches; codes are relative to no entry at all.
    private mutating func begin(after start: [UInt8]) throws(RunError) {
        let count = readers.count
        guard count > 0 else { return }
        var winners = [UInt64](repeating: 0, count: 2 * count)
        for run in 0..<count {
            let isThere =
                start.isEmpty
                ? try readers[run].pointee.next() : try readers[run].pointee.seek(after: start.span.bytes)
            winners[count + run] = isThere ? node(run, sharing: 0) : Self.exhausted << 32 | UInt64(run)
        }
        for place in (1..<count).reversed() {
            (winners[place], nodes[place]) = try match(winners[2 * place], winners[2 * place + 1])
        }
        nodes[0] = winners[1]
    }

    /// Replaces the winner by its run's next entry, and plays it against the losers on its way to the root.
    ///
    /// All of them lost to the old winner: their codes are relative to it, as is the newcomer's.
    @inline(__always)
    private mutating func advance() throws(RunError) {
        let run = Self.run(nodes[0])
        guard nodes[0] >> 32 != Self.exhausted else { return }
        let reader = readers[run]
        let isThere = try reader.pointee.next()
        var winner =
            isThere ? node(run, sharing: reader.pointee.sharedBytes) : Self.exhausted << 32 | UInt64(run)
        var place = (readers.count + run) >> 1
        while place > 0 {
            let other = nodes[place]
            if (winner ^ other) >> 32 == 0 {
                (winner, nodes[place]) = try matchBytes(winner, other)
            } else {
                nodes[place] = max(winner, other)
                winner = min(winner, other)
            }
            place >>= 1
        }
        nodes[0] = winner
    }

    /// The smaller and the larger of two nodes.
    private func match(_ one: UInt64, _ other: UInt64) throws(RunError) -> (winner: UInt64, loser: UInt64) {
        if (one ^ other) >> 32 == 0 { return try matchBytes(one, other) }
        return (min(one, other), max(one, other))
    }

    /// The same for equal codes: the entries' bytes decide, and the loser's code becomes relative to the winner.
    @inline(never)
    private func matchBytes(_ one: UInt64, _ other: UInt64) throws(RunError) -> (winner: UInt64, loser: UInt64) {
        if one >> 32 == Self.exhausted { return (one, other) }
        let (left, right) = (readers[Self.run(one)], readers[Self.run(other)])
        let offset = RunLimits.entryBytesMax - Int(truncatingIfNeeded: one >> 40)
        let (leftBytes, rightBytes) = (left.pointee.entryBytes, right.pointee.entryBytes)
        let end = min(leftBytes, rightBytes)
        let place = mismatch(
            UnsafeRawPointer(left.pointee.entry), UnsafeRawPointer(right.pointee.entry), from: offset + 1, to: end)
        let isLeftSmaller: Bool
        if place < end {
            isLeftSmaller =
                left.pointee.entry.load(fromByteOffset: place, as: UInt8.self)
                < right.pointee.entry.load(fromByteOffset: place, as: UInt8.self)
        } else {
            guard leftBytes != rightBytes else { throw equalEntries(Self.run(one), Self.run(other)) }
            isLeftSmaller = leftBytes < rightBytes
        }
        let loser = Self.run(isLeftSmaller ? other : one)
        return (isLeftSmaller ? one : other, node(loser, sharing: place))
    }

    private func equalEntries(_ one: Int, _ other: Int) -> RunError {
        let reader = readers[one]
        let entry = hex(UnsafeRawBufferPointer(start: reader.pointee.entry, count: reader.pointee.entryBytes))
        return RunError(
            .equalEntry, path: reader.pointee.path, call: "merge",
            reason: "entry \(entry) is also in \(readers[other].pointee.path)")
    }
}
