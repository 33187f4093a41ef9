import FoundationEssentials

/// What came of all mutants, for people and for scripts.
struct Report {
    /// One mutant's end.
    struct Row {
        var mutant: Mutant
        var verdict: Verdict
        var seconds: Double
    }

    var rows: [Row] = []

    var survivors: [Row] { rows.filter { !$0.verdict.isDeath } }

    /// A table, then one line that sums it up.
    var text: String {
        let cells = rows.map { [$0.mutant.name, $0.mutant.gaps.joined(separator: " "), $0.verdict.text] }
        let table = Report.table([["MUTANT", "GAPS", "KILLED BY"]] + cells)
        let seconds = Int(rows.reduce(0) { $0 + $1.seconds })
        return "\(table)\n\(rows.count) mutants, \(survivors.count) not killed, \(seconds) s of tests"
    }

    /// One object for each mutant.
    func json() throws -> String {
        struct Line: Encodable {
            var mutant: String
            var gaps: [String]
            var file: String
            var outcome: String
            var detail: String
            var seconds: Double
        }
        let lines = rows.map { row in
            Line(
                mutant: row.mutant.name, gaps: row.mutant.gaps, file: row.mutant.file, outcome: row.verdict.word,
                detail: row.verdict.text, seconds: (row.seconds * 10).rounded() / 10)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(lines), as: UTF8.self)
    }

    /// Columns as wide as their widest cell, the last one without padding.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == columns - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
