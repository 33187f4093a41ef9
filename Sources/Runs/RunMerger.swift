/// Merges any number of runs into one stream of strictly ascending entries.
///
/// A tree of losers over offset-value codes: what an entry shares with the entry last handed out is one number, which
/// the front coding of the runs gives for free, and most comparisons are comparisons of these numbers. Entries that
/// are equal in two runs are an error: a record was scanned twice. Memory is bounded by `memoryBytesMax` and, beyond
/// that, about 5 KiB and the block index for each run; one file descriptor is open at a time. One thread at a time
/// may use a merger; it may be passed between threads.
public struct RunMerger: ~Copyable, @unchecked Sendable {  // owns its readers and cannot be copied
    private let readers: RunReaders
    /// Nodes 1..<k hold losers, node 0 the winner: an offset-value code above the run's number.
    private let nodes: UnsafeMutablePointer<UInt64>
    private var isStarted = false
    /// The current entry did not fit in a batch: `next` stays at it once.
    private var isPending = false

    /// Opens and verifies all runs, and stands before the first entry greater than `start`, or before the first of all.
    ///
    /// `memoryBytesMax` bounds the buffers for blocks: with many runs each holds a part of a block only, but
    /// never less than `RunLimits.windowBytesMin`. `isForgetting` is for runs that are read for the last time: the
    /// system's cache need not keep what was merged, so that it has room for what is made of it.
    /// Errors: those of `RunReader.open` and `RunReader.next`.
    public init(
        _ sources: [RunSource], after start: [UInt8] = [], memoryBytesMax: Int = RunLimits.mergeBytes,
        isForgetting: Bool = false, calls: FileCalls = .system
    ) throws(RunError) {
        let readers = try RunReaders(
            sources, memoryBytesMax: memoryBytesMax, isForgetting: isForgetting, calls: calls)
        let first = try readers.firstNodes(after: start)
        nodes = .allocate(capacity: first.count)
        for place in first.indices { (nodes + place).initialize(to: first[place]) }
        self.readers = readers
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
        return nodes[0] >> 32 != RunReaders.exhausted
    }

    /// Calls `body` with the current entry; the span is valid only in the call.
    ///
    /// Traps if there is none.
    public borrowing func withEntry<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        guard isStarted && nodes[0] >> 32 != RunReaders.exhausted else { fatalError("a merger is not at an entry") }
        return try readers[RunReaders.run(nodes[0])].pointee.withEntry(body)
    }

    /// Entries between calls of `look` while a batch is filled: about 50 microseconds.
    private static let entriesPerLook = 1_024

    /// Appends entries to the batch until it is full (true: there are more) or the runs are at their ends (false).
    ///
    /// Errors as `next`; the batch then holds what came before. `look` is called from time to time.
    public mutating func fill(
        _ batch: inout EntryArena, lookingUp look: () -> Void = {}
    ) throws(RunError) -> Bool {
        while try next() {
            if batch.count.isMultiple(of: RunMerger.entriesPerLook) { look() }
            let winner = readers[RunReaders.run(nodes[0])]
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
    /// Replaces the winner by its run's next entry, and plays it against the losers on its way to the root.
    ///
    /// All of them lost to the old winner: their codes are relative to it, as is the newcomer's.
    @inline(__always)
    private mutating func advance() throws(RunError) {
        let run = RunReaders.run(nodes[0])
        guard nodes[0] >> 32 != RunReaders.exhausted else { return }
        let reader = readers[run]
        let isThere = try reader.pointee.next()
        var winner =
            isThere ? readers.node(run, sharing: reader.pointee.sharedBytes) : RunReaders.exhausted << 32 | UInt64(run)
        var place = (readers.count + run) >> 1
        while place > 0 {
            let other = nodes[place]
            if (winner ^ other) >> 32 == 0 {
                (winner, nodes[place]) = try readers.matchBytes(winner, other)
            } else {
                nodes[place] = max(winner, other)
                winner = min(winner, other)
            }
            place >>= 1
        }
        nodes[0] = winner
    }
}
