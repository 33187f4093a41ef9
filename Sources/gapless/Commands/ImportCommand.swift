import ArgumentParser
import Glibc
import Supervision
import Tables
import Values

/// `gapless import`.
struct ImportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Load the records of a file into a table.",
        discussion: """
            Records are stored in batches, each in one transaction. A bad line, or one with the key of a record that \
            exists, ends the import: nothing of its batch is kept, all batches before it are, and the message says \
            up to which line. With --skip-bad FILE bad lines go there, all else is stored, and the exit code is 65.
            CSV and TSV begin with a row of field names; empty cells are absent fields; cells that look exactly like \
            JSON numbers, true or false are those, others are text.

            Example:
              gapless import people people.ndjson
              gapless import people people.csv --skip-bad bad.csv
              zcat people.ndjson.gz | gapless import people -
            """)

    struct Result: Encodable {
        let table: String
        let records: Int
        let badLines: Int
        let seconds: Double
        let recordsPerSecond: Double
    }

    /// So many batches wait between the two threads: one is filled, one waits, one is written.
    private static let batchesWaiting = 1

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: ArgumentHelp("The file; '-' is standard input.", valueName: "file"), completion: .file())
    var path: String
    @Option(help: ArgumentHelp("ndjson, csv or tsv; default: by the file's name, ndjson for '-'.", valueName: "format"))
    var format: TextFormat?
    @Option(help: ArgumentHelp("Write bad lines to a file and go on.", valueName: "file"), completion: .file())
    var skipBad: String?
    @Flag(help: "Store records in place of those with the same key.") var replace = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let begin = ContinuousClock.now
        let format = try format ?? Self.format(of: path)
        let store = try global.openStore()
        let record = try store.read { txn in try store.table(table, in: txn) }
        let input = try InputFile(path: path)
        let badLines = try skipBad.map { try BadLinesFile(path: $0, inputPath: path) }
        var writer = ImportWriter(store, table: table, file: input.name, replaces: replace, badLines: badLines)
        var bar = ProgressBar("import \(table)", unit: "records", log: try global.logger("import"))

        let messages = Handoff<ImportParser.Message>(capacity: Self.batchesWaiting)
        let spare = Handoff<ImportBatch>(capacity: Self.batchesWaiting + 2)
        let keepsBadLines = skipBad != nil
        let thread = try BlockingThread(name: "import-parser") {
            var parser = ImportParser(
                input, format, table: record, keepsBadLines: keepsBadLines, to: messages, spare: spare)
            parser.run()
        }
        do {
            try Self.writeAll(from: messages, spare, input.size, &writer, &bar)
        } catch {
            bar.clear()
            messages.close()
            thread.join()
            throw writer.failure(error)
        }
        thread.join()
        bar.finish(done: UInt64(writer.progress.records))
        try report(writer.progress, since: begin)
    }

    /// Writes batches until there are no more; `spare` takes them back to be filled again.
    private static func writeAll(
        from messages: Handoff<ImportParser.Message>, _ spare: Handoff<ImportBatch>, _ size: UInt64?,
        _ writer: inout ImportWriter, _ bar: inout ProgressBar
    ) throws {
        while let message = messages.take() {
            switch message {
            case .failed(let error): throw error
            case .batch(let batch):
                try writer.write(batch)
                let records = UInt64(writer.progress.records)
                // Known are the bytes: of the records there will be about as many as the part read so far suggests.
                let share = Double(size ?? 0) / Double(max(batch.bytesRead, 1))
                bar.update(done: records, total: size.map { _ in UInt64(Double(records) * max(share, 1)) })
                batch.removeAll()
                spare.put(batch)
            }
        }
    }

    private func report(_ progress: ImportWriter.Progress, since begin: ContinuousClock.Instant) throws {
        let seconds = (ContinuousClock.now - begin).inSeconds
        let rate = Double(progress.records) / max(seconds, 0.001)
        let result = Result(
            table: table, records: progress.records, badLines: progress.badLines, seconds: seconds,
            recordsPerSecond: rate)
        let elapsed = "\(Int(seconds * 10) / 10).\(Int(seconds * 10) % 10)"
        try show(
            result,
            text: "\(progress.records.grouped) records imported into \(table) in \(elapsed) s "
                + "(\(Int(rate).grouped)/s)\n")
        guard progress.badLines > 0, let skipBad else { return }
        throw CommandFailure(
            code: ErrorCode.badRecord.rawValue,
            message: "\(progress.badLines.grouped) bad lines of \(path) were left out: they are in \(skipBad) "
                + "(the first: \(progress.firstBad ?? "unknown"))",
            exitCode: ErrorCode.badRecord.exitCode, file: skipBad, recordsKept: progress.records)
    }

    /// The format that a file's name says.
    private static func format(of path: String) throws -> TextFormat {
        if path == "-" { return .ndjson }
        let name = path.lowercased()
        let endings: [(String, TextFormat)] = [
            (".ndjson", .ndjson), (".jsonl", .ndjson), (".json", .ndjson), (".csv", .csv), (".tsv", .tsv),
        ]
        guard let format = endings.first(where: { name.hasSuffix($0.0) })?.1 else {
            throw CommandFailure.usage(
                "the name \(path) does not tell its format: add --format ndjson, --format csv or --format tsv")
        }
        return format
    }
}
