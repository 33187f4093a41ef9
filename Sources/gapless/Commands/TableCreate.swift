import ArgumentParser
import Tables
import Values

/// `gapless table create`.
struct TableCreate: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a table, and the database if there is none.",
        discussion: """
            A JSON field is a timestamp (RFC 3339) or bytes (base64) only if the table says so here; it is text \
            otherwise.

            Example:
              gapless table create people --key id
              gapless table create events --key id --timestamps at,seen.first --values json
            """)

    @Argument(help: "The table's name.") var table: String
    @Option(help: ArgumentHelp("The field of each record that is its primary key.", valueName: "field")) var key: String
    @Option(help: ArgumentHelp("How records are stored: msgpack or json.", valueName: "format"))
    var values: ValueFormat = .messagePack
    @Option(help: ArgumentHelp("Fields that hold timestamps.", valueName: "field,..."))
    var timestamps: String?
    @Option(help: ArgumentHelp("Fields that hold bytes.", valueName: "field,..."))
    var bytes: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let keyField = try FieldPath(key)
        var schema = Schema()
        for path in try timestamps.map(FieldPath.list) ?? [] { schema.set(.timestamp, for: path) }
        for path in try bytes.map(FieldPath.list) ?? [] { schema.set(.bytes, for: path) }
        let store = try global.openStore(.ifMissing)
        let summary = try store.write { txn in
            let record = try store.createTable(table, keyField: keyField, format: values, schema: schema, in: txn)
            return try TableSummary(record, in: store, txn)
        }
        try show(summary, text: "table \(summary.table) created in \(global.directory)\n")
    }
}
