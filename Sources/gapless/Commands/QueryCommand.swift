import ArgumentParser
import Status
import Tables
import Values

/// `gapless query`.
struct QueryCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Print the records that a condition selects, as NDJSON.",
        discussion: """
            Conditions: = != < <= > >=, BETWEEN a AND b, IN (a, b), STARTS WITH, ENDS WITH, CONTAINS, IS NULL, \
            IS NOT NULL, IS MISSING, with AND, OR, NOT and parentheses.
            Values: 42, 'text', true, null, timestamp '2026-01-31T00:00:00Z', x'00ff'.
            Without --order-by, which records a --limit picks depends on the index that serves.
            A condition that needs an index which is not ready is refused with exit code 75: try it again later.

            Example:
              gapless query people "email = 'ann@example.org'"
              gapless query people "age >= 18 AND city = 'Oslo'" --order-by age desc --limit 10 --select id,age
              gapless query people "age >= 18" --explain
            """)

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: ArgumentHelp("The condition; default: all records.", valueName: "where")) var condition: String?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Sort by a field, 'desc' after it for the largest first.", valueName: "field"))
    var orderBy: [String] = []
    @Option(help: ArgumentHelp("At most so many records.", valueName: "n")) var limit: Int?
    @Option(help: ArgumentHelp("Pass over so many records first.", valueName: "n")) var offset = 0
    @Option(help: ArgumentHelp("Print only these fields.", valueName: "field,...")) var select: String?
    @Flag(help: "Print how it would be answered, and do not.") var explain = false
    @Flag(help: "Read every record if no index serves.") var allowScan = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (order, condition) = try Self.split(orderBy, condition)
        let query = try Query(
            where: condition, orderBy: order, limit: limit, offset: offset,
            select: select.map { $0.split(separator: ",").map(String.init) } ?? [], allowScan: allowScan)
        let store = try global.openStore()
        do {
            try answer(query, from: store)
        } catch let error as GaplessError where error.code == .indexNotReady {
            throw try Refusal.informed(error, of: store)
        }
    }

    private func answer(_ query: Query, from store: Store) throws {
        guard !explain else {
            let explanation = try store.explain(query, table: table)
            return try show(explanation, text: Self.text(explanation))
        }
        var printer = RecordPrinter()
        try store.query(query, table: table) { row in
            if query.select.isEmpty {
                try row.withValue { try printer.print($0, format: row.format) }
            } else {
                try printer.print(try row.value())
            }
            return true
        }
    }

    /// The words after `--order-by` are the order and, if the condition was written after them, the condition too.
    static func split(_ words: [String], _ condition: String?) throws -> (order: String?, condition: String?) {
        var words = words
        guard !words.isEmpty else { return (nil, condition) }
        var order = words.removeFirst()
        if let direction = words.first, ["asc", "desc"].contains(direction.lowercased()) {
            order += " " + words.removeFirst()
        }
        guard let rest = words.first else { return (order, condition) }
        guard words.count == 1, condition == nil else {
            throw ValidationError("Unexpected argument '\(rest)' after --order-by.")
        }
        return (order, rest)
    }

    private static func text(_ explanation: QueryExplanation) -> String {
        var lines = explanation.plan.enumerated().map { number, step in
            let estimate = step.estimatedEntries.map { " (about \($0.grouped) read)" } ?? ""
            return "\(number + 1). \(step.text)\(estimate)"
        }
        lines.append("index: \(explanation.index ?? "none")")
        return lines.joined(separator: "\n") + "\n"
    }
}
