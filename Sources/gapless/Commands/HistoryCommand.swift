import ArgumentParser
import Backfill
import Ledger
import Tables

/// `gapless history`.
struct HistoryCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the past builds of an index: why, how they ended, how long, by whom.",
        discussion: """
            The latest 20 builds of an index stay readable, also when it has been dropped since.

            Example:
              gapless history people.email
            """)

    struct Cell: Encodable {
        struct Milliseconds: Encodable {
            let scan: Int64?
            let load: Int64?
            let drain: Int64?
            let publish: Int64?
        }

        let job: String
        let generation: UInt64
        let reason: String
        let declaredAt: String
        let builtBy: String
        let startedAt: String
        let endedAt: String?
        let outcome: String
        let entries: UInt64?
        let records: UInt64
        let ranges: Int
        let retries: UInt64
        let milliseconds: Milliseconds
        let coordinator: Int32
        let epoch: UInt64
        let workers: [Int32]
        let blocked: Int
        let lastBlock: String?

        init(_ row: HistoryRow) {
            job = "\(row.job)"
            generation = row.index.generation
            reason = row.reason
            declaredAt = row.declaredAt
            builtBy = row.builtBy
            startedAt = row.openedAt.rfc3339
            endedAt = row.endedAt?.rfc3339
            outcome = row.outcome.rawValue
            entries = row.entries
            records = row.records
            ranges = row.ranges
            retries = row.retries
            milliseconds = Milliseconds(
                scan: row.phases.scan, load: row.phases.load, drain: row.phases.drain, publish: row.phases.publish)
            coordinator = row.coordinator
            epoch = row.epoch
            workers = row.workers
            blocked = row.blocks
            lastBlock = row.lastBlock
        }
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let rows = try Ledger(store).history(of: index)
        // A name that never was is a mistake of the caller's; one that was dropped has a history.
        if rows.isEmpty { _ = try store.read { txn in try store.catalog(in: txn).index(index) } }
        try show(rows.map(Cell.init), text: Self.text(rows, of: index))
    }

    private static func text(_ rows: [HistoryRow], of index: String) -> String {
        guard !rows.isEmpty else { return "no build of \(index) has begun: start one with gapless build\n" }
        var table = TextTable([
            ("GEN", .right), ("STARTED", .left), ("OUTCOME", .left), ("ENTRIES", .right), ("SCAN", .right),
            ("LOAD", .right), ("DRAIN", .right), ("PUBLISH", .right), ("BY", .left), ("WHY", .left),
        ])
        for row in rows {
            let workers = row.workers.map { "\($0)" }
            let by = workers.prefix(3).joined(separator: " ") + (workers.count > 3 ? " +\(workers.count - 3)" : "")
            let blocked = row.lastBlock.map { "; blocked \(row.blocks) times, last by: \($0)" } ?? ""
            table.add([
                "\(row.index.generation)", row.openedAt.rfc3339, row.outcome.rawValue, row.entries?.grouped ?? "-",
                seconds(row.phases.scan), seconds(row.phases.load), seconds(row.phases.drain),
                seconds(row.phases.publish), by.isEmpty ? "-" : by, row.reason + blocked,
            ])
        }
        return table.text
    }

    private static func seconds(_ millis: Int64?) -> String {
        millis.map { "\((Double($0) / 1_000).rounded(to: 2)) s" } ?? "-"
    }
}
