internal import Values

/// Entries that follow one another in an index and whose order was cut off with their keys: of one cut index key, or of
/// one index key and one beginning of long primary keys.
struct CutGroup {
    enum Membership { case none, current, new }

    private let components: Int
    private let isDescending: Bool
    private var prefix: [UInt8]?
    private var rows: [RowSorter.Row] = []

    init(components: Int, isDescending: Bool) {
        self.components = components
        self.isDescending = isDescending
    }

    /// Whether the entry belongs to the group, begins a new one (call `close` and add to it), or needs none.
    mutating func membership(of entry: RawSpan) throws -> Membership {
        let parts = try EntryLayout.split(entry: entry, components: components)
        let primaryKeyBytes = entry.byteCount - parts.indexKeyLength
        let length: Int
        if parts.isKeyCut {
            length = parts.indexKeyLength
        } else if primaryKeyBytes >= EntryLayout.cutPrimaryKeyPrefixBytes {
            length = parts.indexKeyLength + EntryLayout.cutPrimaryKeyPrefixBytes
        } else {
            next = nil
            return .none
        }
        let entryPrefix = entry.extracting(first: length)
        if let prefix, entryPrefix.equals(prefix.span.bytes) { return .current }
        next = entryPrefix.copied
        return .new
    }

    /// What the group becomes when it is closed.
    private var next: [UInt8]?

    mutating func add(_ row: RowSorter.Row) { rows.append(row) }

    /// The rows of the group in order; the group that was announced last begins.
    mutating func close() -> [RowSorter.Row] {
        prefix = next
        guard !rows.isEmpty else { return [] }
        var sorter = RowSorter(isDescending: isDescending, rows: rows)
        rows = []
        return sorter.sorted()
    }
}
