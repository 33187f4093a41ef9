/// How LMDB 0.9 describes a named database in the unnamed one: 48 bytes (`MDB_db` in its source).
///
/// ```
///  0  4  pad            8  8  branch pages    24  8  overflow pages   40  8  root page, all ones: none
///  4  2  flags         16  8  leaf pages      32  8  entries
///  6  2  depth
/// ```
struct DatabaseDescription {
    private static let byteCount = 48
    private static let persistentFlags: UInt16 = 0x7f
    /// As deep as LMDB's cursors go.
    private static let depthMax: UInt16 = 32

    /// The pages of a tree whose description begins here, wherever that is in a page.
    static func pages(at start: UnsafeMutableRawPointer) -> (branch: Int, leaf: Int) {
        let branch = unsafe start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let leaf = unsafe start.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        return (Int(branch), Int(leaf))
    }

    /// Nil when the bytes cannot be one.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount == DatabaseDescription.byteCount else { return nil }
        let flags = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self)
        let depth = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 6, as: UInt16.self)
        let leafPages = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt64.self)
        let root = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 40, as: UInt64.self)
        guard flags & ~DatabaseDescription.persistentFlags == 0, depth <= DatabaseDescription.depthMax else {
            return nil
        }
        guard (depth == 0) == (root == UInt64.max), (depth == 0) == (leafPages == 0) else { return nil }
    }
}
