import ArgumentParser

/// `gapless table`: the tables of a database.
struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Create, list, show and drop tables.",
        subcommands: [TableCreate.self, TableList.self, TableShow.self, TableDrop.self])
}
