/// A branch of LMDB 0.9's tree as it lies in the map (`MDB_page` and `MDB_node` in its source).
///
/// ```
///  page:  as a leaf's (TreePage), with 1 as its flags
///  node:  0  2, 2  2, 4  2  the child's page number, low word first    6  2  size of key    8  key
/// ```
///
/// The first node's key is not to be read: its child has everything before the second. Nothing is taken on trust: what
/// does not look like this is no branch.
@safe
struct BranchPage {
    private static let listStart = 16
    private static let branchFlag: UInt16 = 0x01
    private static let keyOffset = 8

    private let bytes: UnsafeRawBufferPointer
    /// The number of its children, at least two.
    let count: Int

    /// The branch with this number among the pages of a map that begins at `map`; nil if it is none.
    init?(number: Int, of pages: MappedPages) {
        guard let found = unsafe pages.bytes(ofPage: number) else { return nil }
        unsafe bytes = found
        let end = Int(unsafe bytes.load(fromByteOffset: 12, as: UInt16.self))
        guard unsafe bytes.load(as: UInt64.self) == UInt64(number) else { return nil }
        guard unsafe bytes.load(fromByteOffset: 10, as: UInt16.self) == BranchPage.branchFlag else { return nil }
        guard end >= BranchPage.listStart + 4, end.isMultiple(of: 2), end <= TreePage.byteCount else { return nil }
        count = (end - BranchPage.listStart) / 2
    }

    /// The page number of a child; nil if its node does not lie inside of the page.
    func child(_ place: Int) -> Int? {
        guard let node = node(place) else { return nil }
        return (0..<3).reduce(0) { number, word in
            number | Int(unsafe bytes.load(fromByteOffset: node + 2 * word, as: UInt16.self)) << (16 * word)
        }
    }

    /// The key that a child's entries begin at; nil for the first one, and if it does not lie inside of the page.
    func key(_ place: Int) -> UnsafeRawBufferPointer? {
        guard place > 0, let node = node(place) else { return nil }
        let length = Int(unsafe bytes.load(fromByteOffset: node + 6, as: UInt16.self))
        let start = node + BranchPage.keyOffset
        guard length > 0, start + length <= TreePage.byteCount else { return nil }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    }

    /// The child that has `key`, if any has; nil if a key cannot be read.
    func place(of key: [UInt8]) -> Int? {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            guard let first = unsafe self.key(middle) else { return nil }
            if unsafe key.span.bytes.withUnsafeBytes({ unsafe first.compare($0) }) <= 0 {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low
    }

    private func node(_ place: Int) -> Int? {
        guard place >= 0, place < count else { return nil }
        let node = Int(unsafe bytes.load(fromByteOffset: BranchPage.listStart + 2 * place, as: UInt16.self))
        let isInside = node >= BranchPage.listStart + 2 * count && node + BranchPage.keyOffset <= TreePage.byteCount
        return isInside && node.isMultiple(of: 2) ? node : nil
    }
}

/// The pages of an environment's map, found by their numbers.
@safe
struct MappedPages {
    private let start: UnsafeRawPointer
    private let lastPage: Int

    /// The pages around `key`, which lies in a page of the map, up to the page `lastPage`.
    init?(around key: UnsafeRawBufferPointer, lastPage: Int) {
        guard let address = key.baseAddress else { return nil }
        let page = unsafe address - Int(UInt(bitPattern: address) & UInt(TreePage.byteCount - 1))
        guard let number = unsafe Int(exactly: page.load(as: UInt64.self)) else { return nil }
        guard number > 1, number <= lastPage else { return nil }
        unsafe start = page - number * TreePage.byteCount
        self.lastPage = lastPage
    }

    /// The page with this number; nil beyond the last one that is in use.
    func bytes(ofPage number: Int) -> UnsafeRawBufferPointer? {
        guard number > 1, number <= lastPage else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start + number * TreePage.byteCount, count: TreePage.byteCount)
    }
}

extension UnsafeRawBufferPointer {
    /// The order of keys: by bytes, a shorter one before what it begins; negative, zero or positive.
    fileprivate func compare(_ other: UnsafeRawBufferPointer) -> Int {
        for place in 0..<Swift.min(count, other.count) {
            let difference = unsafe Int(self[place]) - Int(other[place])
            if difference != 0 { return difference }
        }
        return count - other.count
    }
}
