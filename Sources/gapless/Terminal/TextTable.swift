/// Rows for people: columns as wide as they must be, two spaces between them.
struct TextTable {
    /// On which side of its column a cell stands.
    enum Side {
        case left, right
    }

    private let sides: [Side]
    private var rows: [[String]]

    init(_ columns: [(title: String, side: Side)]) {
        sides = columns.map(\.side)
        rows = [columns.map(\.title)]
    }

    var isEmpty: Bool { rows.count == 1 }

    /// Takes a row of as many cells as there are columns.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == sides.count, "a row of \(cells.count) cells in a table of \(sides.count) columns")
        rows.append(cells)
    }

    /// The title row and the rows, each with its newline.
    var text: String {
        let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                sides[column] == .right
                    ? row[column].leftPadded(to: widths[column]) : row[column].padding(to: widths[column])
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
