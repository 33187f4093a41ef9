/// Rows for people: the first column to the left, the others to the right.
struct FigureTable {
    private var rows: [[String]]

    init(_ titles: [String]) { rows = [titles] }

    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) {
        precondition(
            cells.count == rows[0].count, "a row of \(cells.count) cells in a table of \(rows[0].count) columns")
        rows.append(cells)
    }

    /// The titles and the rows, each with its newline.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + blanks : blanks + row[column]
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
