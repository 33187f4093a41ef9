import ArgumentParser

/// `gapless index`: the indexes of a database.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Create, list, show and drop indexes.",
        subcommands: [IndexCreate.self, IndexList.self, IndexShow.self, IndexDrop.self])
}
