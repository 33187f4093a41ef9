import ArgumentParser
import LMDB
import Tables
import Values

/// `gapless export`.
struct ExportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print all records of a table as NDJSON, in key order.",
        discussion: """
            All records are of one moment: while the export runs, pages that others free are kept for it, and the \
            database grows if they write much.

            Example:
              gapless export people > people.ndjson
            """)

    @Argument(help: "The table.", completion: .table) var table: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        var printer = RecordPrinter()
        try store.read { txn in
            let table = try store.table(table, in: txn)
            // A database that is opened for the first time runs this again: nothing is printed before.
            let records = try store.records(of: table, in: txn)
            try txn.withCursor(in: records, readingAhead: true) { cursor in
                var more = try cursor.first()
                while more {
                    try cursor.withEntry { key, record in
                        do {
                            try table.withWhole(key, record) { try printer.print($0, format: table.format) }
                        } catch let error as RecordError {
                            throw Self.damaged(key, of: table, error)
                        }
                    }
                    more = try cursor.next()
                }
            }
        }
    }

    private static func damaged(_ key: RawSpan, of table: TableRecord, _ error: RecordError) -> any Error {
        do {
            let record = table.isAttached ? table.text(ofKey: key) : try table.jsonText(ofKey: key)
            return GaplessError(
                .badRecord, "record \(record) of \(table.name) cannot be read: \(error)", record: record)
        } catch {
            return GaplessError(.corrupt, "\(table.name) holds a key that is none: \(error)")
        }
    }
}
