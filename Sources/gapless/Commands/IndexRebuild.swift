import ArgumentParser
import Tables

/// `gapless index rebuild`.
struct IndexRebuild: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Build the next generation of an index beside the ready one, then swap.",
        discussion: """
            Queries are answered by the ready generation until the next one is proved complete; they never notice.
            A build that is under way already is left as it is.

            Example:
              gapless index rebuild people.email --reason "after the restore of Monday"
              gapless index rebuild people.email --wait
            """)

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @Option(help: ArgumentHelp("Why: recorded, and shown in its history.", valueName: "text")) var reason: String?
    @Flag(help: "Show progress until it is ready, blocked (exit code 1) or paused (75); something else must build it.")
    var wait = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let why = reason.map { "rebuild requested: \($0)" } ?? "rebuild requested"
        let outcome = try store.write { txn in try store.rebuild(index, reason: why, in: txn) }
        guard wait else { return try show(try BuildOrderResult(outcome, in: store), text: text(outcome) + "\n") }
        if !global.json { StandardOutput.shared.write(text(outcome) + "\n") }
        try StandardOutput.shared.flush()
        try BuildWatch.wait(for: outcome.index, in: store, showing: self)
    }

    private func text(_ outcome: BuildOrderOutcome) -> String {
        guard !outcome.isChanged else {
            guard let ready = outcome.index.ready else { return "\(index) is being built" }
            return "generation \(outcome.generation) of \(index) is to be built; generation \(ready.number) answers "
                + "queries until it is ready"
        }
        let why = outcome.index.generation(outcome.generation)?.reason ?? "unknown"
        return "generation \(outcome.generation) of \(index) is under way already (\(outcome.before.rawValue), "
            + "started because: \(why)): nothing done"
    }
}
