/// The text formats that records are imported from.
public enum TextFormat: String, Hashable, Sendable, Codable, CaseIterable {
    /// One JSON object a line. Blank lines are passed over.
    case ndjson
    /// RFC 4180: cells between commas, quotes around cells that hold commas, quotes (doubled) or line ends; header row.
    case csv
    /// Cells between tabs, `\t`, `\n`, `\r` and `\\` within cells, no quoting; header row.
    case tsv
}
