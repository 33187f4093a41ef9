import ArgumentParser

/// `gapless table`: the tables of a database.
struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Create, attach, list, show and drop tables.",
        discussion: """
            Example:
              gapless table create people --key id
              gapless help table create
            """,
        subcommands: [TableCreate.self, TableAttach.self, TableList.self, TableShow.self, TableDrop.self])
}
