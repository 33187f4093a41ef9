/// How large the next transaction of a load may be, by how the ones before went.
struct TransactionSize {
    /// The least and the most that a transaction goes on appending although a writer waits, in microseconds: as long as
    /// the commit before took, or every put of an application would cost the loader a commit for a handful of entries.
    static let appendMicroseconds: ClosedRange<Int64> = 500...2_000

    /// More entries than a transaction's time lets through, and no bound on it therefore.
    static let entriesMax = 1 << 20

    private var commitMicroseconds: Int64 = 0
    /// Entries at the most.
    private(set) var entries = TransactionSize.entriesMax

    /// How long it goes on although a writer waits, in microseconds.
    var patience: Int64 {
        min(max(commitMicroseconds, Self.appendMicroseconds.lowerBound), Self.appendMicroseconds.upperBound)
    }

    /// A transaction was kept: the next may have twice as many entries (L2).
    mutating func committed(inMicroseconds time: Int64) {
        commitMicroseconds = time
        entries = min(entries * 2, Self.entriesMax)
    }

    /// A transaction failed transiently after so many entries: those would have got through, and so may half of what
    /// was tried. Down to one entry, so that a fault that meets every tenth put holds nothing up.
    mutating func failed(after count: Int) {
        entries = max(min(count, entries / 2), 1)
    }
}
