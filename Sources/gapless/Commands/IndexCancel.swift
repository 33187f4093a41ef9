import ArgumentParser
import Tables

/// `gapless index cancel`.
struct IndexCancel: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Give up the build of an index.",
        discussion: """
            A rebuild that is given up leaves the ready generation as it is. An index that was never ready is gone.

            Example:
              gapless index cancel people.email
            """)

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let outcome = try store.write { txn in try store.cancelBuild(of: index, in: txn) }
        try store.cleanDropped()
        let text =
            outcome.index.ready.map {
                "the rebuild of \(index) is given up: generation \($0.number) answers on"
            } ?? "the build of \(index) is given up: the index is gone"
        try show(try BuildOrderResult(outcome, in: store), text: text + "\n")
    }
}
