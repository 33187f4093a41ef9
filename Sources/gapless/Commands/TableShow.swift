import ArgumentParser
import Tables

/// `gapless table show`.
struct TableShow: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a table: its key, its records, its indexes.",
        discussion: """
            Example:
              gapless table show people
            """)

    @Argument(help: "The table.", completion: .table) var table: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let summary = try store.read { txn in try TableSummary(try store.table(table, in: txn), in: store, txn) }
        try show(summary, text: summary.text)
    }
}
