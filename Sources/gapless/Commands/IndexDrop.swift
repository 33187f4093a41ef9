import ArgumentParser
import Tables

/// `gapless index drop`.
struct IndexDrop: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Drop an index, built or not.",
        discussion: """
            Queries no longer see it at once; its pages are freed step by step.

            Example:
              gapless index drop people.email
            """)

    struct Result: Encodable {
        let dropped: String
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        try store.write { txn in try store.dropIndex(index, in: txn) }
        try store.cleanDropped()
        try show(Result(dropped: index), text: "index \(index) dropped\n")
    }
}
