/// Puts the records of an answer in order; with a limit it keeps only as many as may still be needed.
///
/// It holds sort keys and primary keys, not records: those are read again, from the same snapshot, when it is their
/// turn.
struct RowSorter {
    struct Row: Hashable {
        /// nil for a record without a value to sort by: it comes last.
        var sortKey: [UInt8]?
        var primaryKey: [UInt8]
    }

    /// More than this is refused: the answer would take the memory of the machine.
    static let bytesMax = 2 << 30
    /// What a row takes beside its bytes: two arrays and the row itself.
    private static let rowOverheadBytes = 96
    /// Sorting is put off until this many rows beyond the limit have come together.
    private static let slackRows = 4_096

    let isDescending: Bool
    /// Offset and limit together; nil to keep all.
    let rowsMax: Int?
    private(set) var rows: [Row] = []
    private var bytes = 0

    init(isDescending: Bool, rowsMax: Int?) {
        self.isDescending = isDescending
        self.rowsMax = rowsMax
    }

    /// Sorts rows that are there already.
    init(isDescending: Bool, rows: [Row]) {
        self.init(isDescending: isDescending, rowsMax: nil)
        self.rows = rows
    }

    /// Takes a row; throws `BAD_QUERY` if there are too many to sort.
    mutating func add(_ row: Row) throws {
        guard rowsMax != 0 else { return }
        bytes += (row.sortKey?.count ?? 0) + row.primaryKey.count + Self.rowOverheadBytes
        rows.append(row)
        if let rowsMax, rows.count - rowsMax >= max(rowsMax, Self.slackRows) { cut(to: rowsMax) }
        guard bytes <= Self.bytesMax else {
            throw GaplessError(
                .badQuery,
                "the answer is too long to be sorted in memory (\(rows.count) records): add a limit, or an index that "
                    + "ends with the field of the order")
        }
    }

    /// The rows in order, no more than asked for.
    mutating func sorted() -> [Row] {
        rows.sort(by: precedes)
        return rowsMax.map { Array(rows.prefix($0)) } ?? rows
    }

    private mutating func cut(to count: Int) {
        rows.sort(by: precedes)
        for row in rows[count...] { bytes -= (row.sortKey?.count ?? 0) + row.primaryKey.count + Self.rowOverheadBytes }
        rows.removeLast(rows.count - count)
    }

    private func precedes(_ a: Row, _ b: Row) -> Bool {
        switch (a.sortKey, b.sortKey) {
        case (nil, nil): return a.primaryKey.precedes(b.primaryKey)
        case (nil, _): return false
        case (_, nil): return true
        case (let left?, let right?):
            let order = left.span.bytes.compare(right.span.bytes)
            if order == 0 { return a.primaryKey.precedes(b.primaryKey) }
            return isDescending ? order > 0 : order < 0
        }
    }
}
