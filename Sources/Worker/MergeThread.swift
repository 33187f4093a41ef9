internal import Runs
internal import Runtime
internal import Supervision
internal import Synchronization

/// Merged entries on their way from the merging thread to the appending one.
final class Batch: @unchecked Sendable {  // in one thread's hands at a time: channels pass it on
    // Unchecked: the appending thread asks for each entry, and a check each time is a tenth of its time.
    @exclusivity(unchecked) var entries = EntryArena(memoryBytesMax: Batch.bytesMax)

    /// Memory of one batch: a few transactions' worth, so that neither side waits for the other often.
    static let bytesMax = 4 << 20
}

/// Merges runs on a thread of its own, a few batches ahead of whoever takes them.
final class MergeThread: Sendable {
    /// Batches in circulation: one being filled, one being appended, one between them.
    private static let batches = 3

    private let full = Channel<Batch>(capacity: batches)
    private let free = Channel<Batch>(capacity: batches)
    private let failure = Mutex<(any Error)?>(nil)
    private let ended: Channel<Bool> = Channel(capacity: 1)

    /// Opens and verifies the runs, and begins to merge behind `start`. Throws `RunError`, and if no thread starts.
    init(
        _ sources: [RunSource], after start: [UInt8], _ times: WorkTimes = WorkTimes(),
        lookingUp look: @escaping @Sendable () -> Void = {}
    ) throws {
        for _ in 0..<MergeThread.batches { _ = free.send(Batch()) }
        // The memory of what was merged is needed for the index's pages. Should the load fail, the disk has it still.
        let merger = MergerBox(try times.measure(.open) { try RunMerger(sources, after: start, isForgetting: true) })
        // The appending thread holds the write lock and goes first; it waits when there is nothing to append.
        try BlockingThread(name: "merge", priority: .background) { [self] in
            do {
                try merge(merger, times, look)
            } catch {
                failure.withLock { $0 = error }
            }
            full.close()
            _ = ended.send(true)
        }.detach()
    }

    private func merge(_ box: MergerBox, _ times: WorkTimes, _ look: () -> Void) throws {
        var isMore = true
        while isMore, let batch = free.receive() {
            batch.entries.removeAll()
            isMore = try times.measure(.merge) { try box.merger.fill(&batch.entries, lookingUp: look) }
            if !full.send(batch) { break }
        }
        // Only the typed end of the runs is the end: a merge that was stopped early must not look complete.
        if isMore { throw Abandoned() }
    }

    /// The next batch; nil at the end of the runs or after a failure, which ``finish()`` tells apart.
    func nextBatch() -> Batch? { full.receive() }

    /// Gives a batch back to be filled again.
    func recycle(_ batch: Batch) { _ = free.send(batch) }

    /// Throws what ended the merge before the end of the runs, if anything did.
    func finish() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Ends the thread, wherever it is, and waits for it.
    func stop() {
        free.close()
        full.close()
        _ = ended.receive()
    }
}

/// Carries a merger, which cannot be copied, into its thread.
private final class MergerBox: @unchecked Sendable {  // touched by the merging thread alone after it is made
    var merger: RunMerger

    init(_ merger: consuming RunMerger) {
        self.merger = merger
    }
}
