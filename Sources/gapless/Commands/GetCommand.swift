import ArgumentParser
import Tables
import Values

/// `gapless get`.
struct GetCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print one record as JSON.",
        discussion: """
            A key is a number or a text as it stands. Where both may be meant, "42" in quotes is the text and +42 \
            the number.

            Example:
              gapless get people 42
              gapless get words '"42"'
            """)

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: "The primary key.") var key: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let record = try store.read { txn -> Value in
            let table = try store.table(table, in: txn)
            guard let record = try store.record(key: store.key(key, of: table, in: txn), of: table, in: txn) else {
                throw GaplessError(.noSuchRecord, "\(table.name) has no record \(key)", record: key)
            }
            return record
        }
        StandardOutput.shared.write(record.jsonText + "\n")
    }
}
