import ArgumentParser
import Tables

/// `gapless index pause`.
struct IndexPause: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop the build of an index until it is resumed.",
        discussion: """
            Nothing that is done is lost. A load or a drain stops at its next transaction; a scan that serves other
            indexes too goes on for them. Writes go on, and are kept for the index. A ready generation beside a rebuild
            answers on.

            Example:
              gapless index pause people.email
            """)

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let outcome = try store.write { txn in try store.pauseBuild(of: index, in: txn) }
        let text =
            outcome.isChanged
            ? "the build of \(index) is paused: gapless index resume \(index) lets it go on"
            : "the build of \(index) is paused already: nothing done"
        try show(try BuildOrderResult(outcome, in: store), text: text + "\n")
    }
}
