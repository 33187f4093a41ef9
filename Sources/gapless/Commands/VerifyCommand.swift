import ArgumentParser
import Glibc
import Tables

/// `gapless verify`.
struct VerifyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every entry of every ready index against the records, both ways.",
        discussion: """
            Exit code 1 if an entry is missing, dangling (its record is gone) or stale (its record says otherwise), if \
            a record cannot be indexed, or if records share a key of a unique index. Each table is read at one moment: \
            applications may go on writing.

            With --repair what was found is mended in short transactions, each entry as its record stands then; the \
            exit code is 0 if nothing is left. A record that cannot be indexed must be rewritten, deleted or waived, \
            and of records that share a unique key all but one must be rewritten or deleted.

            With --suspect only indexes are checked that were built by a version known to be faulty, and that no such \
            check has gone over since; --built-by names a version that this program does not know to be so.

            All threads read at the same moment. --records-per-second spares a busy disk; a slow check of a table that \
            is written to holds on to old pages meanwhile, and the file grows.

            Example:
              gapless verify
              gapless verify people.email --json
              gapless verify people --repair
              gapless verify --suspect --repair
              gapless verify --threads 1 --records-per-second 100000
            """)

    @Argument(
        help: ArgumentHelp("A table or one of its indexes; default: all.", valueName: "table[.name]"),
        completion: .tableOrIndex)
    var subject: String?
    @Flag(help: "Mend what is found.") var repair = false
    @Flag(help: "Check only indexes built by versions known to be faulty.") var suspect = false
    @Option(help: ArgumentHelp("Check only indexes built by this version; may be repeated.", valueName: "version"))
    var builtBy: [String] = []
    @Option(help: ArgumentHelp("Threads that check side by side; default: the cores.", valueName: "n"))
    var threads: Int?
    @Option(
        help: ArgumentHelp("Records and entries looked at in a second, at most.", valueName: "n"))
    var recordsPerSecond: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let threads, !(1...1_024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024.")
        }
        if let recordsPerSecond, recordsPerSecond < 1 {
            throw ValidationError("--records-per-second takes a number from 1 on.")
        }
    }

    func run() throws {
        let store = try global.openStore()
        var isClean = true
        let isChoosy = suspect || !builtBy.isEmpty
        let suspects = isChoosy ? try suspects(of: store) : []
        guard !isChoosy || !suspects.isEmpty else {
            return try show(NoSuspects(), text: "no index was built by a version known to be faulty\n")
        }
        for (table, index) in isChoosy ? suspects.map({ ($0.tableName, $0.name) }) : try subjects(of: store) {
            var report = try check(table, index, in: store, repairing: repair)
            if repair, report.indexes.contains(where: { $0.repaired > 0 }) {
                // What was mended is looked at again: the last word is a check's, not a count of repairs.
                let after = try check(table, index, in: store, repairing: false)
                report.noteLeft(after)
                isClean = isClean && after.isClean
                if after.isClean { try noteScrubbed(suspects, index, of: table, in: store) }
            } else {
                isClean = isClean && report.isClean
                if report.isClean { try noteScrubbed(suspects, index, of: table, in: store) }
            }
            try show(report, text: Self.text(report))
        }
        if !isClean { throw ExitCode(1) }
    }

    private struct NoSuspects: Encodable {
        let indexes: [String] = []

        private enum CodingKeys: String, CodingKey { case indexes }
    }

    /// The ready indexes, of those that were asked for, that versions built which are known or said to be faulty.
    private func suspects(of store: Store) throws -> [IndexRecord] {
        let subjects = try subjects(of: store)
        return try store.read { txn in
            let catalog = try store.catalog(in: txn)
            // A name that does not exist is an error, and not an answer.
            for (table, index) in subjects { _ = try index.map { try catalog.index("\(table).\($0)") } }
            return try subjects.flatMap { subject in
                try catalog.indexes(of: catalog.table(subject.table)).filter { index in
                    guard subject.index == nil || subject.index == index.name, let ready = index.ready else {
                        return false
                    }
                    return builtBy.contains(ready.builtBy) || (suspect && store.suspicion(of: index) != nil)
                }
            }
        }
    }

    /// A check that found nothing, or mended all, clears what it went over.
    private func noteScrubbed(_ suspects: [IndexRecord], _ name: String?, of table: String, in store: Store) throws {
        for index in suspects where index.tableName == table && index.name == name {
            guard let generation = index.ready?.number else { continue }
            try store.write { try store.noteScrubbed(index, generation: generation, in: $0) }
        }
    }

    private func check(_ table: String, _ index: String?, in store: Store, repairing: Bool) throws -> VerifyReport {
        let log = try global.logger("verify")
        let subject = index.map { "\(table).\($0)" } ?? table
        let view = ProgressView()
        defer { view.bar?.clear() }
        let team = VerifyTeam.threads(threads ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        return try store.verify(table, index: index, repairing: repairing, team: team) { progress in
            if view.pass != progress.pass || progress.done == 0 {
                view.bar?.clear()
                view.pass = progress.pass
                view.bar = ProgressBar(
                    Self.title(progress.pass, subject), unit: "items", total: UInt64(progress.total), log: log)
            }
            view.bar?.update(done: UInt64(progress.done), total: UInt64(progress.total))
            if let recordsPerSecond, progress.pass != .repairing { view.keep(to: recordsPerSecond, progress.done) }
        }
    }

    /// What the closure that hears of progress keeps.
    private final class ProgressView {
        var pass: VerifyProgress.Pass?
        var bar: ProgressBar?
        private var began = ContinuousClock.now
        private var looked = 0

        /// Waits until so much may have been looked at; the others of the team wait with it.
        func keep(to perSecond: Int, _ done: Int) {
            if done < looked { began = .now }
            looked = done
            let left = Double(done) / Double(perSecond) - began.duration(to: .now) / .seconds(1)
            if left > 0 { usleep(useconds_t(min(left, 60) * 1e6)) }
        }
    }

    private static func title(_ pass: VerifyProgress.Pass, _ subject: String) -> String {
        switch pass {
        case .comparing: "checking \(subject)"
        case .locating: "locating damage in \(subject)"
        case .repairing: "repairing \(subject)"
        }
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
            var line = "\(found.index): \(found.records.grouped) records, \(found.entries.grouped) entries: "
            line += found.isClean ? "nothing missing, dangling or stale" : counts(found)
            if found.waived > 0 { line += "; \(found.waived.grouped) records waived" }
            if found.repaired > 0 { line += "; \(found.repaired.grouped) entries mended, \(left(found))" }
            lines.append(line)
            lines += found.examples.map { "  \($0.kind.rawValue)  record \($0.record)  key \($0.key)" }
        }
        lines += report.notReady.map { "\($0): not ready, not checked" }
        if lines.isEmpty { lines.append("\(report.table): no indexes") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func left(_ found: IndexVerification) -> String {
        guard let left = found.left, left > 0 else { return "nothing left" }
        return "\(left.grouped) left"
    }

    private static func counts(_ found: IndexVerification) -> String {
        [
            (found.missing, "missing"), (found.dangling, "dangling"), (found.stale, "stale"),
            (found.badRecords, "bad records"),
            (found.shared, "records that share a unique key"),
        ].filter { $0.0 > 0 }.map { "\($0.0.grouped) \($0.1)" }.joined(separator: ", ")
    }
}
