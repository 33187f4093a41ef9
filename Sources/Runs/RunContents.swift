public import Values

/// What a run's footer says of the run: whose it is, what was seen, what it holds.
public struct RunContents: Hashable, Sendable {
    /// Whose entries these are.
    public let identity: RunIdentity
    /// How many records the scan of the range saw, with entries or without.
    public let recordsSeen: UInt64
    /// The ids of the first and the last LMDB transaction whose snapshots were scanned.
    public let snapshotTransactions: ClosedRange<UInt64>
    /// Count and multiset hash of the entries.
    public let digest: EntryDigest
    /// The smallest entry; empty if there is none.
    public let firstEntry: [UInt8]
    /// The largest entry; empty if there is none.
    public let lastEntry: [UInt8]
}
