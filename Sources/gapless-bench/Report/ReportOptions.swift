import ArgumentParser
import FoundationEssentials
import Glibc

/// Where figures go and what they are compared with: the options of every command that measures.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Write the figures as JSON too; - is standard output, without the table.", valueName: "file")
    )
    var json: String?
    @Option(help: ArgumentHelp("Show the figures as ratios to those that were saved here.", valueName: "file"))
    var baseline: String?
    @Option(help: ArgumentHelp("Save the figures, to be compared with later.", valueName: "file"))
    var saveBaseline: String?

    /// Read before anything is measured: a wrong name must not cost an hour.
    func readBaseline() throws -> BenchReport? {
        guard let baseline else { return nil }
        let bytes = try FileText.bytes(of: baseline)
        do {
            return try JSONDecoder().decode(BenchReport.self, from: Data(bytes))
        } catch {
            throw BenchFailure("\(baseline) holds no figures of the bench: make one with --save-baseline")
        }
    }

    func write(_ report: BenchReport, baseline: BenchReport?, to output: ReportOutput) throws {
        try write(report, text: report.text(baseline: baseline), to: output)
        if let saveBaseline { try ReportOutput.write(ReportOutput.json(report), toFile: saveBaseline) }
    }

    func write(_ figures: some Encodable, text: String, to output: ReportOutput) throws {
        let bytes = try ReportOutput.json(figures)
        if json != "-" { try output.write(text) }
        switch json {
        case nil: break
        case "-"?: try output.write(String(decoding: bytes, as: UTF8.self))
        case let file?: try ReportOutput.write(bytes, toFile: file)
        }
    }
}
