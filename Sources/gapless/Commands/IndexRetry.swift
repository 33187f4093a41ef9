import ArgumentParser
import LMDB
import Tables

/// `gapless index retry`.
struct IndexRetry: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Let a blocked index go on, once what blocked it is mended.",
        discussion: """
            The build goes on from the latest thing that is durable: nothing that was scanned is scanned again, and
            ranges that were given up are tried anew. What is still wrong blocks the index again. An index that is not
            blocked is left as it is.

            Example:
              gapless index failures people.email
              gapless index retry people.email
            """)

    struct Result: Encodable {
        let index: String
        let state: IndexState
        /// Whether it was blocked and goes on now.
        let retried: Bool
        /// Records that the index cannot hold still.
        let badRecords: Int
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let result = try store.write { txn in try retry(in: store, txn) }
        try show(result, text: Self.text(result))
    }

    private func retry(in store: Store, _ txn: borrowing WriteTransaction) throws -> Result {
        let record = try store.catalog(in: txn).index(index)
        guard let coming = record.coming, coming.state != .building else {
            return Result(index: index, state: record.state, retried: false, badRecords: 0)
        }
        guard coming.state == .blocked else {
            throw GaplessError(
                .wrongState,
                "\(index) is \(coming.state.rawValue), not blocked: let it go on with gapless index resume",
                index: index, state: coming.state)
        }
        let open = try store.openBadRecordsCount(record, generation: coming.number, in: txn)
        try store.setBuilding(record, generation: coming.number, in: txn)
        return Result(index: index, state: .building, retried: true, badRecords: open)
    }

    private static func text(_ result: Result) -> String {
        guard result.retried else {
            return "index \(result.index) is \(result.state.rawValue), not blocked: nothing done\n"
        }
        var text = "index \(result.index) goes on: it is building\n"
        if result.badRecords > 0 {
            text += "\(result.badRecords.grouped) records still cannot be indexed, and block it again unless they are "
            text += "rewritten or deleted: gapless index failures \(result.index)\n"
        }
        return text
    }
}
