import ArgumentParser
import Tables

/// `gapless delete`.
struct DeleteCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete one record.",
        discussion: """
            Example:
              gapless delete people 42
            """)

    struct Result: Encodable {
        let table: String
        let deleted: String
    }

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: "The primary key, as for get.") var key: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        try store.write { txn in
            let record = try store.table(table, in: txn)
            try store.delete(key: store.key(key, of: record, in: txn), from: table, in: txn)
        }
        if global.json { try show(Result(table: table, deleted: key), text: "") }
    }
}
