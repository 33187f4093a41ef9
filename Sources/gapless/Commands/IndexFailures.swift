import ArgumentParser
import LMDB
import Tables

/// `gapless index failures`.
struct IndexFailures: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "failures", abstract: "List what blocks an index: bad records, violations, errors.",
        discussion: """
            Rewriting or deleting a bad record heals it, and so does what leaves a key of a unique index to one record.
            When an error is mended: gapless index retry.

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
            /// The first of them.
            let records: [String]
            let recordsCount: Int
        }

        let index: String
        let state: IndexState
        /// Of these so many are listed.
        let badRecordsCount: Int
        let badRecords: [Bad]
        let uniqueViolations: [Violation]
        /// Whether the limit may have kept some from the list.
        let hasMoreViolations: Bool
        let errors: [String]
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @Option(help: ArgumentHelp("Bad records and shared keys listed at most.", valueName: "n")) var limit = 1_000
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
        var shared: [Result.Violation] = []
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
            shared = try store.uniqueViolations(record, generation: coming.number, limit: limit, in: txn).map {
                Result.Violation(key: $0.key, records: $0.records, recordsCount: $0.recordsCount)
            }
        }
        return Result(
            index: index, state: record.state, badRecordsCount: count, badRecords: Array(bad.prefix(limit)),
            uniqueViolations: shared, hasMoreViolations: limit > 0 && shared.count == limit,
            errors: [record.coming?.blockedReason].compactMap(\.self))
    }

    private static func text(_ result: Result) -> String {
        var lines = result.errors.map { "error       \($0)" }
        lines += result.badRecords.map { "bad record  \($0.record): \($0.error)" }
        let more = result.badRecordsCount - result.badRecords.count
        if more > 0 { lines.append("            and \(more.grouped) more bad records: see --limit") }
        lines += result.uniqueViolations.map { violation in
            let more = violation.recordsCount - violation.records.count
            let rest = more > 0 ? " and \(more.grouped) more" : ""
            return "shared key  \(violation.key): records \(violation.records.joined(separator: ", "))\(rest)"
        }
        if result.hasMoreViolations { lines.append("            and perhaps more shared keys: see --limit") }
        if lines.isEmpty { lines.append("nothing blocks \(result.index): it is \(result.state.rawValue)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
