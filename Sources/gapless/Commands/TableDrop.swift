import ArgumentParser
import Tables

/// `gapless table drop`.
struct TableDrop: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Drop a table with its records and indexes.",
        discussion: """
            The table is gone for everybody at once; its pages are freed step by step, and a command that is \
            interrupted in that leaves the rest to the next drop.

            Example:
              gapless table drop people
            """)

    struct Result: Encodable {
        let dropped: String
    }

    @Argument(help: "The table.", completion: .table) var table: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        try store.write { txn in try store.dropTable(table, in: txn) }
        try store.cleanDropped()
        try show(Result(dropped: table), text: "table \(table) dropped\n")
    }
}
