/// How a record is written as a line.
enum RecordForm {
    /// One JSON object a line.
    case ndjson
    /// Values between tabs, as PostgreSQL's COPY and SQLite's .import read them. No value of ours needs an escape.
    case copy

    /// Appends a field: its name where names are written, and its value, which `body` appends bare.
    func append(
        _ name: StaticString, _ kind: DataSet.Column.Kind, isFirst: Bool = false, to text: inout TextBuffer,
        _ body: (inout TextBuffer) -> Void
    ) {
        switch self {
        case .ndjson:
            text.append(isFirst ? "{\"" : ",\"")
            text.append(name)
            text.append(kind == .text ? "\":\"" : kind == .list ? "\":[" : "\":")
            body(&text)
            if kind == .text { text.append(UInt8(ascii: "\"")) }
            if kind == .list { text.append(UInt8(ascii: "]")) }
        case .copy:
            if !isFirst { text.append(UInt8(ascii: "\t")) }
            if kind == .list { text.append(UInt8(ascii: "{")) }
            body(&text)
            if kind == .list { text.append(UInt8(ascii: "}")) }
        }
    }

    /// Ends the line.
    func end(_ text: inout TextBuffer) { text.append(self == .ndjson ? "}\n" : "\n") }
}
