import ArgumentParser
import Values

/// `gapless-bench cold`.
struct ColdCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "cold",
        abstract: "A build of a table that is not in the cache, against one that is, and against plain reading.",
        discussion: """
            Each round builds from the cache; then reads the file from the disk in one go, in order, as plain programs \
            do; then builds from the disk. The file's pages are taken out of the cache before both, and what share of \
            them stayed is told. A build that follows the disk takes no longer than the longer one of the first two \
            and part of the other: reading and working go on side by side.

            Example:
              gapless-bench cold --records 5000000
            """)

    private static let cached = "build from the cache"
    private static let uncached = "build from the disk"
    private static let reading = "plain reading of the file from the disk"

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields; all in one job.", valueName: "list")) var fields: String?
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        let names = fields.map(\.text).joined(separator: " ")
        var report = BenchReport("cold", settings: data.settings.merging(["fields": names]) { first, _ in first })
        let source = try SourceTable(data, in: bench)
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            report.add(try source.build(fields), as: Self.cached)
            try readAlone(source, &report)
            let figures = try source.build(fields) { file in
                report.add("share of the file that stayed in the cache", try PageCache.drop(file) * 100, "%", .neither)
            }
            report.add(figures, as: Self.uncached)
            report.addDetails(of: figures, as: Self.uncached)
        }
        let (slow, fast) = ("\(Self.uncached): ready after", "\(Self.cached): ready after")
        report.addRatio("\(slow), to that from the cache", of: slow, to: fast, .lower)
        report.addRatio("\(slow), to plain reading", of: slow, to: Self.reading, .lower)
        return report
    }

    private func readAlone(_ source: SourceTable, _ report: inout BenchReport) throws {
        let file = try source.copy() + "/data.mdb"
        _ = try PageCache.drop(file)
        let watch = Stopwatch()
        let bytes = try PageCache.read(file)
        let seconds = watch.seconds
        report.add(Self.reading, seconds, "s", .neither)
        report.add("\(Self.reading): speed", Double(bytes) / seconds / 1_048_576, "MiB/s", .neither)
    }
}
