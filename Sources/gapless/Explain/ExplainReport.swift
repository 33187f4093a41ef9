import Backfill
import Tables

/// What `index explain` tells.
struct ExplainReport: Encodable {
    /// How long a build would take, in seconds.
    struct Seconds: Encodable {
        let scan: Double
        let load: Double
        let check: Double
        var total: Double { scan + load + check }

        private enum Key: String, CodingKey { case scan, load, check, total }

        func encode(to encoder: any Encoder) throws {
            var cells = encoder.container(keyedBy: Key.self)
            for (key, seconds) in [(Key.scan, scan), (.load, load), (.check, check), (.total, total)] {
                try cells.encode((seconds * 1_000).rounded() / 1_000, forKey: key)
            }
        }
    }

    /// Sorting and writing runs takes about as long as reading and extracting.
    private static let scanFactor = 2.0
    /// Reading entries back costs about a fifth of appending them.
    private static let checkFactor = 0.2

    let index: String
    let table: String
    let fields: [String]
    /// What an index of this meaning is already, if there is one.
    let exists: String?
    let records: Int
    let recordsExamined: Int
    let ranges: Int
    let entries: Int
    let entriesPerRecordMax: Int
    let recordsWithoutEntries: Int
    let cutKeys: Int
    let badRecords: Int
    let badExamples: [IndexEstimate.Bad]
    let indexBytes: Int
    let runBytes: Int
    let freeBytes: Int
    let enoughSpace: Bool
    let workers: Int
    /// Nil if it cannot be measured here.
    let seconds: Seconds?

    init(
        _ estimate: IndexEstimate, index: String, table: String, fields: [String], exists: String?, freeBytes: Int,
        workers: Int, entriesPerSecond: Double?
    ) {
        self.index = index
        self.table = table
        self.fields = fields
        self.exists = exists
        records = estimate.recordsTotal
        recordsExamined = estimate.recordsExamined
        let perRange = Limits().recordsPerRange
        ranges = max(1, (estimate.recordsTotal + perRange - 1) / perRange)
        entries = estimate.entriesTotal
        entriesPerRecordMax = estimate.entriesPerRecordMax
        recordsWithoutEntries = estimate.recordsWithoutEntries
        cutKeys = estimate.counts.cutKeys
        badRecords = estimate.badRecords
        badExamples = estimate.badExamples
        indexBytes = estimate.indexBytes
        runBytes = estimate.runBytes
        self.freeBytes = freeBytes
        enoughSpace = estimate.indexBytes + estimate.runBytes < freeBytes
        self.workers = workers
        let total = Double(estimate.entriesTotal)
        seconds = entriesPerSecond.map { rate in
            Seconds(
                scan: estimate.extractionSeconds * Self.scanFactor / Double(workers), load: total / rate,
                check: total / rate * Self.checkFactor)
        }
    }

    /// Whether nothing stands in the way of a build.
    var isClean: Bool { badRecords == 0 && enoughSpace }

    var text: String {
        let isWhole = recordsExamined >= records
        let examined = isWhole ? "all looked at" : "\(recordsExamined.grouped) of them looked at"
        var lines = ["index       \(index) over \(fields.joined(separator: ", "))"]
        if let exists { lines.append("exists      \(exists)") }
        lines.append("records     \(records.grouped), \(examined)")
        lines.append("ranges      \(ranges.grouped)")
        lines.append(
            "entries     \(isWhole ? "" : "about ")\(entries.grouped), at most \(entriesPerRecordMax) of a record")
        if recordsWithoutEntries > 0 { lines.append("no entry    \(recordsWithoutEntries.grouped) of those looked at") }
        if cutKeys > 0 {
            lines.append("long keys   \(cutKeys.grouped), stored cut: queries look at their records, too")
        }
        lines.append("size        about \(indexBytes.inBytes), and \(runBytes.inBytes) of runs while it is built")
        lines.append("free space  \(freeBytes.inBytes)\(enoughSpace ? "" : ": NOT ENOUGH")")
        if let seconds { lines.append(time(seconds)) }
        if badRecords > 0 {
            lines.append("bad         \(badRecords.grouped) records cannot be indexed: they would block it")
            lines += badExamples.map { "  record \($0.record): \($0.error)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func time(_ seconds: Seconds) -> String {
        let parts = [("scan", seconds.scan), ("load", seconds.load), ("check", seconds.check)].map {
            "\($0.0) \($0.1.rounded(to: 1)) s"
        }
        return "time        about \(seconds.total.rounded(to: 1)) s with \(workers) workers and nobody else writing: "
            + parts.joined(separator: ", ")
    }
}
