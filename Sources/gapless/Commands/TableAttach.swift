import ArgumentParser
import Tables
import Values

/// `gapless table attach`.
struct TableAttach: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Make a table of a database that another program wrote with LMDB.",
        discussion: """
            The environment is the folder that --db names, and the database one of the named ones in it. Nothing in it \
            is rewritten, and its program keeps working. What that program writes past Gapless is in no index until \
            gapless verify --repair: see AttachedTables.md.

            Records show their keys in the field key, or in the one that --key-field names.

            Example:
              gapless table attach people --dbi people --key text --values json --db /srv/app/lmdb
              gapless table attach things --dbi things --key u64native --db /srv/app/lmdb
            """)

    struct Result: Encodable {
        let table: String
        let database: String
        let keys: String
        let keyField: String
        let records: Int
    }

    @Argument(help: "The table's name.") var table: String
    @Option(help: ArgumentHelp("The database (DBI) that holds the records.", valueName: "name")) var dbi: String
    @Option(
        help: ArgumentHelp(
            "How keys are written: text (UTF-8), bytes, u64be (8 bytes, the most significant first) or u64native "
                + "(8 bytes in the machine's order, MDB_INTEGERKEY or not).", valueName: "kind"))
    var key: AttachedKeys
    @Option(help: ArgumentHelp("How values are written: msgpack or json.", valueName: "format"))
    var values: ValueFormat = .messagePack
    @Option(help: ArgumentHelp("The field in which records show their keys.", valueName: "field"))
    var keyField = "key"
    @Option(help: ArgumentHelp("Fields of JSON that hold timestamps.", valueName: "field,..."))
    var timestamps: String?
    @Option(help: ArgumentHelp("Fields of JSON that hold bytes.", valueName: "field,..."))
    var bytes: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let field = try FieldPath(keyField)
        var schema = Schema()
        for path in try timestamps.map(FieldPath.list) ?? [] { schema.set(.timestamp, for: path) }
        for path in try bytes.map(FieldPath.list) ?? [] { schema.set(.bytes, for: path) }
        let store = try global.openStore(.adopting(database: dbi))
        let result = try store.write { txn in
            let record = try store.attachTable(
                table, database: dbi, keys: key, keyField: field, format: values, schema: schema, in: txn)
            return Result(
                table: table, database: dbi, keys: key.rawValue, keyField: field.text,
                records: try store.recordsCount(of: record, in: txn))
        }
        let text = """
            table \(table) attached to the database \(dbi): \(result.records.grouped) records, nothing rewritten
            what is written past gapless is in no index until: gapless verify \(table) --repair

            """
        try show(result, text: text)
    }
}
