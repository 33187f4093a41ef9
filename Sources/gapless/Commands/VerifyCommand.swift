import ArgumentParser
import Tables

/// `gapless verify`.
struct VerifyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every entry of every ready index against the records, both ways.",
        discussion: """
            Exit code 1 if an entry is missing, dangling (its record is gone) or stale (its record says otherwise).
            Each table is read at one moment: applications may go on writing.

            Example:
              gapless verify
              gapless verify people.email --json
            """)

    @Argument(help: ArgumentHelp("A table or one of its indexes; default: all.", valueName: "table[.name]"))
    var subject: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        var isClean = true
        for (table, index) in try subjects(of: store) {
            let report = try store.read { txn in try store.verify(table, index: index, in: txn) }
            try show(report, text: Self.text(report))
            isClean = isClean && report.isClean
        }
        if !isClean { throw ExitCode(1) }
    }

    private func subjects(of store: Store) throws -> [(table: String, index: String?)] {
        guard let subject else {
            return try store.read { txn in try store.tables(in: txn).map { ($0.name, nil) } }
        }
        let parts = subject.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return [(parts[0], parts.count > 1 ? parts[1] : nil)]
    }

    private static func text(_ report: VerifyReport) -> String {
        var lines: [String] = []
        for found in report.indexes {
            lines.append(
                "\(found.index): \(found.records.grouped) records, \(found.entries.grouped) entries: "
                    + (found.isClean ? "nothing missing, dangling or stale" : counts(found)))
            lines += found.examples.map { "  \($0.kind.rawValue)  record \($0.record)  key \($0.key)" }
        }
        lines += report.notReady.map { "\($0): not ready, not checked" }
        if lines.isEmpty { lines.append("\(report.table): no indexes") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func counts(_ found: IndexVerification) -> String {
        [
            (found.missing, "missing"), (found.dangling, "dangling"), (found.stale, "stale"),
            (found.badRecords, "bad records"),
        ].filter { $0.0 > 0 }.map { "\($0.0.grouped) \($0.1)" }.joined(separator: ", ")
    }
}
