import ArgumentParser
import Status
import Tables

/// `gapless index show`.
struct IndexShow: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an index: its meaning, its state, what blocks it.",
        discussion: """
            Example:
              gapless index show people.email
            """)

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let summary = try store.read { txn in
            try IndexSummary(try store.catalog(in: txn).index(index), in: store, txn)
        }.withJob(of: store)
        try show(summary, text: summary.text)
    }
}
