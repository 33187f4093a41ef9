import ArgumentParser
import Tables

/// `gapless index waive`.
struct IndexWaive: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "waive", abstract: "Let an index become ready without a record that it cannot hold.",
        discussion: """
            Queries that use the index will not find that record by it. It is recorded, shown by index show, and counted
            by verify, until the record is rewritten or deleted. What blocks an index is listed by index failures.

            Example:
              gapless index waive people.email --record 42
            """)

    struct Result: Encodable {
        let index: String
        let record: String
        let changed: Bool
        /// Bad records that still block the index.
        let left: Int
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @Option(help: ArgumentHelp("The primary key of the record, as for get.", valueName: "key")) var record: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let (changed, left) = try store.write { txn in
            let index = try store.catalog(in: txn).index(index)
            let key = try store.key(record, of: store.table(index.tableName, in: txn), in: txn)
            return try store.waive(key, of: index, in: txn)
        }
        let rest = left > 0 ? "; \(left.grouped) more block it" : "; none blocks it any more"
        let text =
            changed
            ? "\(index) goes without record \(record)\(rest)"
            : "record \(record) is waived already: nothing done\(rest)"
        try show(Result(index: index, record: record, changed: changed, left: left), text: text + "\n")
    }
}
