import LMDB
import Status
import Tables
import Values

/// What `table show` tells.
struct TableSummary: Encodable {
    let table: String
    let key: String
    let values: String
    let timestamps: [String]
    let bytes: [String]
    /// The database of another program that holds the records, and how its keys are written.
    let attachedTo: String?
    let keys: String?
    /// Nil if that database is not there any more.
    let records: Int?
    let createdAt: String
    let indexes: [IndexSummary]

    init(
        _ record: TableRecord, in store: Store, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        table = record.name
        key = record.keyField.text
        values = record.format.rawValue
        timestamps = record.schema.fields.filter { $0.kind == .timestamp }.map(\.path.text)
        bytes = record.schema.fields.filter { $0.kind == .bytes }.map(\.path.text)
        attachedTo = record.attachment?.database
        keys = record.attachment?.keys.rawValue
        records = try store.recordsCountIfThere(of: record, in: txn)
        createdAt = record.createdAt
        var indexes: [IndexSummary] = []
        for index in try store.catalog(in: txn).indexes(of: record) {
            indexes.append(try IndexSummary(index, in: store, txn))
        }
        self.indexes = indexes
    }

    var text: String {
        var lines = ["table    \(table)", "key      \(key)", "values   \(values)", "records  \(recordsText)"]
        if let attachedTo, let keys { lines.append("attached to the database \(attachedTo), keys \(keys)") }
        if !timestamps.isEmpty { lines.append("timestamps  \(timestamps.joined(separator: ", "))") }
        if !bytes.isEmpty { lines.append("bytes    \(bytes.joined(separator: ", "))") }
        lines.append("created  \(createdAt)")
        let list = indexes.isEmpty ? "no indexes\n" : "\n" + IndexSummary.table(indexes)
        return lines.joined(separator: "\n") + "\n" + list
    }

    private var recordsText: String { records?.grouped ?? "unknown: the database is not there" }

    static func table(_ summaries: [TableSummary]) -> String {
        guard !summaries.isEmpty else { return "no tables\n" }
        var table = TextTable([
            ("TABLE", .left), ("KEY", .left), ("VALUES", .left), ("RECORDS", .right), ("INDEXES", .right),
        ])
        for summary in summaries {
            table.add([
                summary.table, summary.key, summary.values, summary.records?.grouped ?? "?", "\(summary.indexes.count)",
            ])
        }
        return table.text
    }
}
