import ArgumentParser
import Values

/// `gapless-bench scan`.
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Extract, sort and write the runs of one range in this process, for a profiler.",
        discussion: """
            Example:
              perf record gapless-bench scan --records 1000000 --fields email
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 500_000
    @Option(help: ArgumentHelp("The indexed fields.", valueName: "field,...")) var fields = "email"
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1
    @OptionGroup var report: ReportOptions

    func run() throws {
        let paths = try fields.split(separator: ",").map { try FieldPath(String($0)) }
        try StageRun.measure(report, in: "scan") { directory in
            try RangeScan(records: records, seed: seed, fields: paths, directory: directory).run()
        }
    }
}

/// Stages in a folder of their own, and their report.
enum StageRun {
    static func measure(
        _ report: ReportOptions, in command: String, _ body: (_ directory: String) throws -> StageTimes
    ) throws {
        let output = try ReportOutput()
        let baseline = try report.readBaseline()
        let times = try Bench.run { try body($0.folder.makeFolder("stages")) }
        try report.write(times.report(command), baseline: baseline, to: output)
    }
}
