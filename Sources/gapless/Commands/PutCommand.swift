import ArgumentParser
import Tables
import Values

/// `gapless put`.
struct PutCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Store one record, in place of the one with its key if there is one.",
        discussion: """
            Example:
              gapless put people '{"id": 42, "email": "ann@example.org"}'
            """)

    struct Result: Encodable {
        let table: String
        let record: String
    }

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: "The record, a JSON object.") var json: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let (key, found) = try store.write { txn in
            let found = try store.table(table, in: txn)
            return (try store.put(try record(found.schema), into: table, in: txn), found)
        }
        guard global.json else { return }
        try show(Result(table: table, record: try found.jsonText(ofKey: key.span.bytes)), text: "")
    }

    private func record(_ schema: Schema) throws -> Value {
        do {
            return try Value(json: Array(json.utf8).span.bytes, schema: schema)
        } catch {
            throw GaplessError(.badRecord, "the record is not well formed: \(error)")
        }
    }
}
