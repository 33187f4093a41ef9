internal import Tables
internal import Values

/// What a look at stretches of sorted entries counted, and what it says of both layouts' sizes.
struct LayoutSample {
    /// Entries of a key from which on it is one of many, wherever the stretch cut it off.
    private static let manyEntries = 1_024

    private(set) var entries = 0
    private(set) var numbers = 0
    /// Entries with one before them in their stretch, and those of them with its key.
    private(set) var pairs = 0
    private(set) var shared = 0
    /// Bytes of the entries of keys that were seen whole, or nearly: in each layout.
    private(set) var plainBytes = 0
    private(set) var groupedBytes = 0

    private let components: Int
    private let scale: Int
    /// The entry before, within a stretch.
    private var latest: [UInt8] = []
    /// The entries of its key so far, their bytes in the plain layout, and whether the first of them was seen.
    private var groupCount = 0
    private var groupPlainBytes = 0
    private var keyLength = 0
    private var isGroupWhole = true

    /// A sample of a part of the runs: all of them have `scale` times as many entries.
    init(components: Int, scale: Int) {
        self.components = components
        self.scale = scale
    }

    /// A stretch begins, before the first entry of all or somewhere among the entries.
    mutating func begin(isWhole: Bool) {
        latest = []
        (groupCount, groupPlainBytes) = (0, 0)
        isGroupWhole = isWhole
    }

    /// It ends, behind the last entry of all or before others.
    mutating func end(isWhole: Bool) { endGroup(isWhole: isWhole) }

    mutating func take(_ entry: RawSpan) {
        entries += 1
        let length = EntryLayout.indexKeyLength(in: entry, components: components) ?? entry.byteCount
        if length < entry.byteCount,
            entry.extracting(droppingFirst: length).unsafeLoad(as: UInt8.self) == KeyEncoding.Tag.number
        {
            numbers += 1
        }
        let bytes = entry.withUnsafeBytes { Array($0) }
        let isShared = !latest.isEmpty && latest.count >= length && latest[..<length] == bytes[..<length]
        if !latest.isEmpty {
            pairs += 1
            if isShared { shared += 1 } else { endGroup(isWhole: true) }
        }
        groupCount += 1
        groupPlainBytes += Self.nodeBytes(entry.byteCount)
        keyLength = length
        latest = bytes
    }

    private mutating func endGroup(isWhole: Bool) {
        defer {
            (groupCount, groupPlainBytes) = (0, 0)
            isGroupWhole = true
        }
        guard groupCount > 0, isGroupWhole && isWhole || groupCount >= Self.manyEntries else { return }
        plainBytes += groupPlainBytes * scale
        groupedBytes += Self.groupBytes(groupCount * scale, keyLength: keyLength)
    }
}

extension LayoutSample {
    /// Bytes of an LMDB page, and those of it that can hold something.
    private static let pageBytes = 4_096
    private static let roomBytes = 4_080
    /// The most bytes of a node before LMDB gives its duplicates a tree of their own.
    private static let nodeBytesMax = 2_038
    /// What an entry takes in the plain layout: with the node's header and its place in the page's table.
    static func nodeBytes(_ keyBytes: Int) -> Int { 10 + (keyBytes + 1) / 2 * 2 }

    /// What a key with so many duplicates of 10 bytes takes: a node with a small page in it, or with a tree of its own.
    static func groupBytes(_ count: Int, keyLength: Int) -> Int {
        // The small page has a header, and grows by four duplicates at a time.
        let node = nodeBytes(keyLength) + (count == 1 ? 10 : 16 + (count + 3) / 4 * 40)
        if node <= nodeBytesMax {
            // A node that grows over the end of its page takes the one before it along to the next.
            return pageBytes / max(roomBytes / node - (count > 1 ? 1 : 0), 1)
        }
        let leaves = (count * 10 + roomBytes - 1) / roomBytes
        return nodeBytes(keyLength) + 48 + (leaves == 1 ? 1 : leaves + 1) * pageBytes
    }
}
