import ArgumentParser
import Status
import Tables

/// `gapless index list`.
struct IndexList: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the indexes and their states.",
        discussion: """
            Example:
              gapless index list
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let summaries = try store.read { txn in
            var summaries: [IndexSummary] = []
            for record in try store.catalog(in: txn).indexes {
                summaries.append(try IndexSummary(record, in: store, txn))
            }
            return summaries
        }
        try show(summaries, text: IndexSummary.table(summaries))
    }
}
