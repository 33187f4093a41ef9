import Status
import Tables

extension IndexSummary {
    var text: String {
        var lines = [
            "index       \(index)", "fields      \(fields.joined(separator: ", "))",
            "nulls       \(nulls ? "indexed" : "left out")", "state       \(state.rawValue)",
            "generation  \(generation) (\(reason), built by gapless \(builtBy))", "entries     \(entries.grouped)",
            "created     \(createdAt)",
        ]
        if let rebuild {
            lines.append("rebuild     generation \(rebuild.generation), \(rebuild.state.rawValue) (\(rebuild.reason))")
        }
        if let job, isUnderWay { lines.append("build       \(job.text)") }
        if let job, !isUnderWay, job.retries > 0 {
            lines.append("retries     \(job.retries.grouped): that often a step of its build failed and was repeated")
        }
        if let readyAt { lines.append("ready       \(readyAt)") }
        if let suspect { lines.append("suspect     \(suspect)") }
        if waived > 0 { lines.append("waived      \(waived.grouped) records are not in it") }
        if blockedBy.badRecords > 0 { lines.append("bad records \(blockedBy.badRecords.grouped)") }
        if blockedBy.uniqueViolations > 0 {
            let orMore = blockedBy.uniqueViolations < Store.sharedKeysCounted ? "" : " or more"
            lines.append("shared keys \(blockedBy.uniqueViolations.grouped)\(orMore)")
        }
        lines += blockedBy.errors.map { "blocked by  \($0)" }
        lines += blockedBy.records.map { "bad record  \($0.record): \($0.error)" }
        return lines.joined(separator: "\n") + "\n"
    }

    static func table(_ summaries: [IndexSummary]) -> String {
        guard !summaries.isEmpty else { return "no indexes\n" }
        var table = TextTable([
            ("INDEX", .left), ("FIELDS", .left), ("STATE", .left), ("ENTRIES", .right), ("GENERATION", .right),
        ])
        for summary in summaries {
            table.add([
                summary.index, summary.fields.joined(separator: ","), summary.state.rawValue, summary.entries.grouped,
                "\(summary.generation)",
            ])
        }
        return table.text
    }
}
