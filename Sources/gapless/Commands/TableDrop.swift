import ArgumentParser
import Tables

/// `gapless table drop`.
struct TableDrop: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Drop a table with its records and indexes.",
        discussion: """
            The table is gone for everybody at once; its pages are freed step by step, and a command that is \
            interrupted in that leaves the rest to the next drop. A table that was attached is detached: its indexes \
            go, its records stay where they are.

            Example:
              gapless table drop people
            """)

    struct Result: Encodable {
        let dropped: String
        /// The database that keeps the records of a table that was attached.
        var detachedFrom: String?
    }

    @Argument(help: "The table.", completion: .table) var table: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let record = try store.write { txn in
            let record = try store.table(table, in: txn)
            try store.dropTable(table, in: txn)
            return record
        }
        try store.cleanDropped()
        let database = record.attachment?.database
        let text = database.map { "table \(table) detached: its records stay in the database \($0)\n" }
        try show(
            Result(dropped: table, detachedFrom: database), text: text ?? "table \(table) dropped\n")
    }
}
