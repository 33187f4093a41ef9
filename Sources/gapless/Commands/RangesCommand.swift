import ArgumentParser
import Backfill
import Ledger
import Tables
import Values

/// `gapless ranges`.
struct RangesCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranges", abstract: "Show the ledger of an index's latest build: each range, and who did it.",
        discussion: """
            It stays readable after the build until the next one.

            Example:
              gapless ranges people.email
            """)

    struct WorkerCell: Encodable {
        let host: String
        let pid: Int32
        let startedAt: String
        let incarnation: String
    }

    struct AttemptCell: Encodable {
        let attempt: UInt32
        let pid: Int32
        let incarnation: String
        let outcome: String
        let error: String?
        let at: String

        private enum Key: String, CodingKey { case attempt, pid, incarnation, outcome, error, at }

        func encode(to encoder: any Encoder) throws {
            var cells = encoder.container(keyedBy: Key.self)
            try cells.encode(attempt, forKey: .attempt)
            try cells.encode(pid, forKey: .pid)
            try cells.encode(incarnation, forKey: .incarnation)
            try cells.encode(outcome, forKey: .outcome)
            try cells.encode(error, forKey: .error)
            try cells.encode(at, forKey: .at)
        }
    }

    struct RangeCell: Encodable {
        let start: String?
        let end: String?
        let state: String
        let attempt: UInt32
        let worker: WorkerCell?
        let records: UInt64
        let entries: UInt64
        let history: [AttemptCell]

        private enum Key: String, CodingKey { case start, end, state, attempt, worker, records, entries, history }

        func encode(to encoder: any Encoder) throws {
            var cells = encoder.container(keyedBy: Key.self)
            try cells.encode(start, forKey: .start)
            try cells.encode(end, forKey: .end)
            try cells.encode(state, forKey: .state)
            try cells.encode(attempt, forKey: .attempt)
            try cells.encode(worker, forKey: .worker)
            try cells.encode(records, forKey: .records)
            try cells.encode(entries, forKey: .entries)
            try cells.encode(history, forKey: .history)
        }
    }

    @Argument(help: ArgumentHelp("The index, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var index: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let record = try store.read { txn in try store.catalog(in: txn).index(index) }
        guard let image = try Ledger(store).latestImage(ofIndex: record.id) else {
            return try show([RangeCell](), text: "no build of \(index) has begun: start one with gapless build\n")
        }
        let place = image.row.indexes.firstIndex { $0.index == record.id } ?? 0
        let cells = image.ranges.sorted { RangesCommand.precedes($0.interval, $1.interval) }.map {
            RangesCommand.cell($0, place: place)
        }
        try show(cells, text: RangesCommand.text(cells, isDiscovered: image.row.isDiscovered))
    }

    private static func precedes(_ left: KeyInterval, _ right: KeyInterval) -> Bool {
        guard let start = left.start else { return right.start != nil }
        return right.start.map { start < $0 } ?? false
    }

    private static func cell(_ range: RangeRow, place: Int) -> RangeCell {
        var entries: UInt64 = 0
        if range.state == .scanned, range.runs.indices.contains(place) {
            entries = range.runs[place]?.digest.count ?? 0
        }
        return RangeCell(
            start: range.interval.start?.hex, end: range.interval.end?.hex, state: range.state.rawValue,
            attempt: range.attempt,
            worker: range.owner.map {
                WorkerCell(host: $0.host, pid: $0.pid, startedAt: $0.startedAt.rfc3339, incarnation: $0.nonce.hex)
            },
            records: range.records, entries: entries,
            history: range.history.map {
                AttemptCell(
                    attempt: $0.attempt, pid: $0.pid, incarnation: $0.incarnation.hex, outcome: $0.outcome.rawValue,
                    error: $0.error, at: $0.at.rfc3339)
            })
    }

    private static func text(_ cells: [RangeCell], isDiscovered: Bool) -> String {
        var table = TextTable([
            ("START", .left), ("STATE", .left), ("RECORDS", .right), ("ENTRIES", .right), ("ATTEMPT", .right),
            ("PID", .right), ("HISTORY", .left),
        ])
        for cell in cells {
            table.add([
                (cell.start ?? "-inf").shortened(to: 24), cell.state, cell.records.grouped, cell.entries.grouped,
                "\(cell.attempt)", cell.worker.map { "\($0.pid)" } ?? "-",
                cell.history.map { "\($0.outcome) by \($0.pid)" }.joined(separator: ", "),
            ])
        }
        let more = isDiscovered ? "" : "more ranges are cut as they are needed\n"
        return table.text + "\(cells.count.grouped) ranges\n" + more
    }
}

extension Instant {
    /// RFC 3339 in UTC, to the millisecond.
    var rfc3339: String {
        let seconds = milliseconds / 1_000
        return Timestamp(seconds: seconds, nanoseconds: UInt32(milliseconds - seconds * 1_000) * 1_000_000).description
    }
}
