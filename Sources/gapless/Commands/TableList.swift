import ArgumentParser
import Tables

/// `gapless table list`.
struct TableList: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tables.",
        discussion: """
            Example:
              gapless table list
              gapless table list --json
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let summaries = try store.read { txn in
            var summaries: [TableSummary] = []
            for record in try store.tables(in: txn) { summaries.append(try TableSummary(record, in: store, txn)) }
            return summaries
        }
        try show(summaries, text: TableSummary.table(summaries))
    }
}
