import LMDB
import Tables
import Values

/// The writing half of an import: one transaction a batch.
struct ImportWriter: ~Copyable {
    /// Between two transactions writers that wait go first, for at most so long.
    static let giveWayMicros = 10_000

    /// How far the import has come.
    struct Progress {
        var records = 0
        var badLines = 0
        /// What is wrong with the first of them.
        var firstBad: String?
        /// The last line of which all before it is stored or listed as bad.
        var line = 0
    }

    /// What a single record can be refused for.
    private static let refusals: Set<ErrorCode> = [.duplicateKey, .badRecord, .uniqueViolation]

    private typealias Refused = (place: Int, error: GaplessError)

    private let store: Store
    private let file: String
    private let replaces: Bool
    private let badLines: BadLinesFile?
    private var writer: TableWriter
    private(set) var progress = Progress()
    private var wroteHeader = false

    init(_ store: Store, table: String, file: String, replaces: Bool, badLines: BadLinesFile?) {
        self.store = store
        self.file = file
        self.replaces = replaces
        self.badLines = badLines
        writer = store.writer(of: table)
    }

    /// Stores a batch, all of it or, without a file for bad lines, nothing; throws the record that is refused.
    mutating func write(_ batch: ImportBatch) throws {
        var refused: [Refused] = []
        do {
            try store.environment.writeAsLoader { txn in try writer.put(&batch.records, replacing: replaces, in: txn) }
        } catch let error as RecordBatchError {
            guard badLines != nil else { throw RefusedRecord(line: batch.lines[error.place], error: error.cause) }
            refused = try store.environment.writeAsLoader { txn in try storeGood(batch, txn) }
        }
        progress.records += batch.lines.count - refused.count
        try listBad(refused, of: batch)
        progress.line = max(batch.lastLine, progress.line)
        store.environment.giveWay(atMostMicroseconds: Self.giveWayMicros)
    }

    /// A record that is refused leaves nothing behind, so that the transaction can go on.
    private mutating func storeGood(_ batch: ImportBatch, _ txn: borrowing WriteTransaction) throws -> [Refused] {
        var refused: [Refused] = []
        for place in batch.lines.indices {
            do {
                try batch.withRecord(at: place) { key, record in
                    try writer.put(key: key, record: record, replacing: replaces, in: txn)
                }
            } catch let error as GaplessError where ImportWriter.refusals.contains(error.code) {
                refused.append((place, error))
            }
        }
        return refused
    }

    private mutating func listBad(_ refused: [Refused], of batch: ImportBatch) throws {
        guard !refused.isEmpty || !batch.badLines.isEmpty else {
            if !batch.header.isEmpty { try writeHeader(batch.header) }
            return
        }
        let texts = batch.sourceLines(of: refused.map(\.place))
        var bad = batch.badLines
        for (number, item) in refused.enumerated() {
            bad.append(
                .init(
                    line: batch.lines[item.place], reason: "line \(batch.lines[item.place]): \(item.error.message)",
                    text: texts[number]))
        }
        bad.sort { $0.line < $1.line }
        try writeHeader(batch.header)
        for entry in bad { try badLines?.write(entry.text.last == 0x0a ? entry.text : entry.text + [0x0a]) }
        progress.badLines += bad.count
        progress.firstBad = progress.firstBad ?? bad.first?.reason
    }

    private mutating func writeHeader(_ header: [UInt8]) throws {
        guard !wroteHeader else { return }
        wroteHeader = true
        try badLines?.write(header)
    }

    /// An error that ended the import, with its place, and with what was kept.
    func failure(_ error: any Error) -> any Error {
        var (line, code, exitCode): (Int?, String, Int32) = (nil, "", 0)
        var message: String
        switch error {
        case let bad as ImportError:
            (line, code, exitCode) = (bad.line, ErrorCode.badRecord.rawValue, ErrorCode.badRecord.exitCode)
            message = "\(file), \(bad)"
        case let refused as RefusedRecord:
            (line, code, exitCode) = (refused.line, refused.error.code.rawValue, refused.error.code.exitCode)
            message = "\(file), line \(refused.line): \(refused.error.message)"
        case let failure as CommandFailure:
            (message, code, exitCode) = (failure.message, failure.code, failure.exitCode)
        default:
            let error = GaplessError(wrapping: error)
            (message, code, exitCode) = (error.message, error.code.rawValue, error.code.exitCode)
        }
        message += "; \(kept)"
        return CommandFailure(
            code: code, message: message, exitCode: exitCode, file: file, line: line, recordsKept: progress.records)
    }

    /// What a user has to know to go on from here.
    private var kept: String {
        progress.records == 0
            ? "nothing was imported"
            : "\(progress.records.grouped) records were imported, up to line \(progress.line), and nothing after it"
    }
}

/// A record that the table did not take.
struct RefusedRecord: Error {
    let line: Int
    let error: GaplessError
}
