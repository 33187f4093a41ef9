/// What the ledger keeps of one finished run: enough to find the file and to tell whether it is still that run.
public struct RunSummary: Hashable, Sendable, Codable {
    /// The file's name inside its job's folder, never a path.
    public var file: String
    /// The size of the whole file in bytes.
    public var bytes: UInt64
    /// Count and multiset hash of the entries in it.
    public var digest: EntryDigest
    /// The footer's XXH3-64.
    ///
    /// The footer holds every block's checksum, so this one number stands for the whole file.
    public var checksum: UInt64

    /// Creates a summary from its four facts.
    public init(file: String, bytes: UInt64, digest: EntryDigest, checksum: UInt64) {
        self.file = file
        self.bytes = bytes
        self.digest = digest
        self.checksum = checksum
    }
}
