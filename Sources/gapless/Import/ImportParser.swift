import Tables
import Values

/// The reading half of an import: turns a file into batches, on a thread of its own.
struct ImportParser: ~Copyable {
    /// What the writing half gets, in order.
    enum Message: Sendable {
        case batch(ImportBatch)
        /// Nothing comes after it; the batch that was being filled is dropped.
        case failed(any Error)
    }

    private let input: InputFile
    private let format: TextFormat
    private let messages: Handoff<Message>
    private let spare: Handoff<ImportBatch>
    private let keepsBadLines: Bool
    private var reader: RecordReader
    private var batch = ImportBatch()
    private var isFirstRow = true
    private var bytesRead: UInt64 = 0
    /// The line on which the next block begins.
    private var nextLine = 1

    init(
        _ input: InputFile, _ format: TextFormat, table: TableRecord, keepsBadLines: Bool,
        to messages: Handoff<Message>, spare: Handoff<ImportBatch>
    ) {
        reader = RecordReader(
            format, values: table.format, key: table.keyField, schema: table.schema, rawKeys: table.rawKeys)
        self.input = input
        self.format = format
        self.messages = messages
        self.spare = spare
        self.keepsBadLines = keepsBadLines
    }

    /// Reads to the end of the file, or until nobody takes batches any more.
    mutating func run() {
        do {
            try readAll()
        } catch {
            messages.put(.failed(error))
        }
        messages.close()
    }

    private mutating func readAll() throws {
        var block: [UInt8] = []
        repeat {
            try input.read(into: &block)
            bytesRead += UInt64(block.count)
            if keepsBadLines {
                batch.text.append(block, line: nextLine)
                nextLine += SourceLines.newlines(in: block)
            }
            if block.isEmpty { reader.finish() } else { reader.feed(block.span.bytes) }
            guard try readRecords() else { return }
        } while !block.isEmpty
        if !batch.isEmpty { send(before: nil) }
    }

    /// All records that are complete now; false when nobody takes them any more.
    private mutating func readRecords() throws(ImportError) -> Bool {
        while true {
            do throws(ImportError) {
                guard try reader.next() else { return true }
                guard beginRow(on: reader.line) else { return false }
                let (key, line) = (reader.primaryKey, reader.line)
                reader.withRecord { batch.append(key: key, record: $0, line: line, isKept: keepsBadLines) }
            } catch {
                // Without its header row nothing of a file can be read.
                guard keepsBadLines, error.reason != .header else { throw error }
                guard beginRow(on: error.line) else { return false }
                batch.append(bad: error)
                if error.endsInput { return true }
            }
        }
    }

    /// Notes where a row begins, and hands over the batch before it if that is full; false when nobody takes it.
    private mutating func beginRow(on line: Int) -> Bool {
        noteFirstRow(line)
        return !batch.isFull || send(before: line)
    }

    /// What stands before the first row of CSV or TSV is its header, which makes a file of bad lines readable.
    private mutating func noteFirstRow(_ line: Int) {
        guard isFirstRow else { return }
        isFirstRow = false
        guard keepsBadLines, format != .ndjson, line > 1 else { return }
        batch.header = batch.text.lines(in: [1..<line])[0]
    }

    /// Hands the batch over and begins the next one with the row on this line; nil at the end of the file.
    @discardableResult
    private mutating func send(before line: Int?) -> Bool {
        let full = batch
        full.bytesRead = bytesRead
        full.endLine = line ?? .max
        batch = spare.takeIfPresent() ?? ImportBatch()
        if keepsBadLines, let line { batch.text = full.text.following(from: line) }
        return messages.put(.batch(full))
    }
}
