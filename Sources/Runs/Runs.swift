/// The module's one job: to keep the sorted entries of one range and one index in a file that proves itself,
/// and to merge many such files into one ordered stream.
///
/// `EntryArena` sorts, `RunWriter` writes, `RunReader` reads and verifies, `RunMerger` merges, `RunFolder` names.
/// The file's bytes are drawn in Runs.docc/RunFormat.md.
public enum RunLimits {
    /// The longest entry in bytes: LMDB's longest key.
    public static let entryBytesMax = 511
    /// The payload of one block in bytes: long enough to make one system call cheap, short enough to sit in a cache.
    public static let blockBytes = 64 << 10
    /// The smallest payload of a block that a writer accepts in bytes: room for two entries of the longest kind.
    public static let blockBytesMin = 2 << 10
    /// The largest payload of a block in bytes: what a reader is ready to allocate on a footer's word.
    public static let blockBytesMax = 1 << 20
    /// The memory that a merger spends on block buffers in bytes unless told otherwise: 1,024 whole blocks.
    public static let mergeBytes = 64 << 20
    /// The least memory of one run in a merge in bytes, however many runs there are.
    public static let windowBytesMin = 4 << 10
}
