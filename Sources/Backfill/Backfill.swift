/// Backfill decides: what to scan, who does it, what counts, and when an index is proved complete.
///
/// The module is pure. ``Coordinator`` and ``WorkerSession`` are values that turn events into effects; sockets, LMDB,
/// timers and processes live in shells that carry the effects out. Time, randomness and identifiers are inputs, so
/// that the same code runs in production, in a simulation from a seed, and under an exhaustive search.
///
/// The rule that everything here serves: *ready is computed from stored facts* (``Proof``). No control flow sets it,
/// and the absence of a result is never success.
public enum BuildProtocol {
    /// The protocol spoken between coordinator and workers; raised when a message changes its meaning.
    public static let version: UInt32 = 1
}
