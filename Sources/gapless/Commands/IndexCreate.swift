import ArgumentParser
import Status
import Tables
import Values

/// `gapless index create`.
struct IndexCreate: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Declare an index; it answers queries once it has been built.",
        discussion: """
            An index that exists with the same meaning is left as it is.

            Example:
              gapless index create people email
              gapless index create people city,age --name by_city --no-nulls
              gapless index create people email --unique

            Of a unique index no two records may share a key; any number of them may have null. Keys that are shared \
            when it is built are listed (gapless index failures) and block it until records are rewritten or deleted.
            """)

    struct Result: Encodable {
        let created: Bool
        let index: IndexSummary
    }

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: ArgumentHelp("The fields, in key order.", valueName: "field,...")) var fields: String
    @Option(help: ArgumentHelp("The index's name; default: its fields joined with '_'.", valueName: "name"))
    var name: String?
    @Flag(help: "Refuse a second record with the same key.") var unique = false
    @Flag(help: "Leave null out of the index.") var noNulls = false
    @Flag(help: "Show progress until it is ready or blocked (exit code 1); something else must build it.")
    var wait = false
    @Flag(help: "Say nothing if it exists with the same meaning.") var ifNotExists = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let definition = IndexDefinition(
            fields: try FieldPath.list(fields), name: name, indexesNulls: !noNulls, isUnique: unique)
        let store = try global.openStore()
        let result = try store.write { txn in
            let outcome = try store.declareIndex(on: table, definition, in: txn)
            let summary = try IndexSummary(outcome.index, in: store, txn)
            guard case .created = outcome else { return Result(created: false, index: summary) }
            return Result(created: true, index: summary)
        }
        guard wait else { return try show(result.index, text: text(result)) }
        if !global.json { StandardOutput.shared.write(text(result)) }
        try StandardOutput.shared.flush()
        try waitUntilBuilt(result.index.index, in: store)
    }

    private func waitUntilBuilt(_ name: String, in store: Store) throws {
        let record = try store.read { txn in try store.catalog(in: txn).index(name) }
        try BuildWatch.wait(for: record, in: store, showing: self)
    }

    private func text(_ result: Result) -> String {
        let (name, state) = (result.index.index, result.index.state.rawValue)
        if result.created { return "index \(name) declared: it is \(state) until it has been built\n" }
        return ifNotExists ? "" : "index \(name) exists already with the same meaning (state: \(state)): nothing done\n"
    }
}
