import ArgumentParser
import LMDB
import Tables

/// `gapless index failures`.
struct IndexFailures: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "failures", abstract: "List what blocks an index: bad records, violations, errors.",
        discussion: """
            Rewriting or deleting a bad record heals it. When an error is mended: gapless index retry.

            Example:
              gapless index failures people.email
              gapless index failures people.email --json --limit 100
            """)

    struct Result: Encodable {
        struct Bad: Encodable {
            let record: String
            let error: String
        }

        struct Violation: Encodable {
            let key: String
            let records: [String]
        }

        let index: String
        let state: IndexState
        /// Of these so many are listed.
        let badRecordsCount: Int
        let badRecords: [Bad]
        let uniqueViolations: [Violation]
        let errors: [String]
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name")) var index: String
    @Option(help: ArgumentHelp("Bad records listed at most.", valueName: "n")) var limit = 1_000
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if limit < 0 { throw ValidationError("--limit takes a number from 0 on, not \(limit).") }
    }

    func run() throws {
        let store = try global.openStore()
        let result = try store.read { txn in try failures(in: store, txn) }
        try show(result, text: Self.text(result))
    }

    private func failures(
        in store: Store, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Result {
        let record = try store.catalog(in: txn).index(index)
        var bad: [Result.Bad] = []
        var count = 0
        if let coming = record.coming {
            count = try store.openBadRecordsCount(record, generation: coming.number, in: txn)
            // Waived ones are on the same list and block nothing.
            var last: [UInt8]?
            while bad.count < min(limit, count) {
                let page = try store.badRecords(record, generation: coming.number, after: last, in: txn)
                guard let end = page.last else { break }
                last = end.key
                bad += page.filter { !$0.isWaived }.map { Result.Bad(record: $0.record, error: $0.error) }
            }
        }
        return Result(
            index: index, state: record.state, badRecordsCount: count, badRecords: Array(bad.prefix(limit)),
            uniqueViolations: [], errors: [record.coming?.blockedReason].compactMap(\.self))
    }

    private static func text(_ result: Result) -> String {
        var lines = result.errors.map { "error       \($0)" }
        lines += result.badRecords.map { "bad record  \($0.record): \($0.error)" }
        let more = result.badRecordsCount - result.badRecords.count
        if more > 0 { lines.append("            and \(more.grouped) more bad records: see --limit") }
        if lines.isEmpty { lines.append("nothing blocks \(result.index): it is \(result.state.rawValue)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
