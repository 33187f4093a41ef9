/// A leaf of LMDB 0.9's tree as it lies in the map (`MDB_page` and `MDB_node` in its source).
///
/// ```
///  page:  0  8  page number     10  2  flags: 2 is a leaf        16  2 each  where its entries are, in order
///         8  2  pad             12  2  where the list ends
///  entry: 0  4  size of value    4  2  flags    6  2  size of key    8  key
/// ```
///
/// Nothing is taken on trust: what does not look like this is no leaf, and whoever asks goes entry by entry.
@safe
struct TreePage {
    /// Bytes of the pages that are understood.
    static let byteCount = 4096

    private static let listStart = 16
    private static let leafFlag: UInt16 = 0x02
    private static let keyOffset = 8

    private let bytes: UnsafeRawBufferPointer
    /// The number of its entries, at least one.
    let count: Int

    /// The leaf in which this key lies, of a database without duplicates, in a read transaction; nil if it is none.
    init?(around key: UnsafeRawBufferPointer) {
        guard let address = unsafe key.baseAddress.map({ UInt(bitPattern: $0) }) else { return nil }
        let offset = Int(address & UInt(TreePage.byteCount - 1))
        guard offset >= TreePage.listStart + TreePage.keyOffset else { return nil }
        let start = unsafe key.baseAddress.map { unsafe $0 - offset }
        unsafe bytes = UnsafeRawBufferPointer(start: start, count: TreePage.byteCount)
        let end = Int(unsafe bytes.load(fromByteOffset: 12, as: UInt16.self))
        guard unsafe bytes.load(fromByteOffset: 10, as: UInt16.self) == TreePage.leafFlag else { return nil }
        guard end > TreePage.listStart, end.isMultiple(of: 2), end <= offset else { return nil }
        count = (end - TreePage.listStart) / 2
    }

    /// Where the entry with this key stands in the order of the leaf; nil if no entry has it.
    func place(of key: UnsafeRawBufferPointer) -> Int? {
        guard let address = key.baseAddress else { return nil }
        return (0..<count).first { unsafe self.key(at: $0)?.baseAddress == address }
    }

    /// The key of the entry at a place; nil if it does not lie inside of the page.
    func key(at place: Int) -> UnsafeRawBufferPointer? {
        guard place >= 0, place < count else { return nil }
        let entry = Int(unsafe bytes.load(fromByteOffset: TreePage.listStart + 2 * place, as: UInt16.self))
        guard entry >= TreePage.listStart + 2 * count, entry + TreePage.keyOffset <= TreePage.byteCount else {
            return nil
        }
        let length = Int(unsafe bytes.loadUnaligned(fromByteOffset: entry + 6, as: UInt16.self))
        let start = entry + TreePage.keyOffset
        guard start + length <= TreePage.byteCount else { return nil }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    }
}
