import ArgumentParser
import Tables

/// `gapless index resume`.
struct IndexResume: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused build of an index go on where it was.",
        discussion: """
            An index that is building or ready is left as it is.

            Example:
              gapless index resume people.email
            """)

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let outcome = try store.write { txn in try store.resumeBuild(of: index, in: txn) }
        let text =
            outcome.isChanged
            ? "the build of \(index) goes on" : "\(index) is \(outcome.before.rawValue), not paused: nothing done"
        try show(try BuildOrderResult(outcome, in: store), text: text + "\n")
    }
}
