/// Reads records from a text that comes in blocks: NDJSON, CSV or TSV in, MessagePack or JSON records out.
///
/// ```swift
/// var reader = RecordReader(.ndjson, values: .messagePack, key: key, schema: schema)
/// repeat {
///     // ... fill a block; an empty one is the end ...
///     if block.isEmpty { reader.finish() } else { reader.feed(block.span.bytes) }
///     while try reader.next() { reader.withRecord { bytes in ... reader.primaryKey ... } }
/// } while !block.isEmpty
/// ```
/// A bad line throws `ImportError`; calling `next()` again goes on behind it. The blocks may be cut anywhere. A byte
/// order mark at the start is passed over. Records kept as JSON are stored minified. One thread at a time.
public struct RecordReader: ~Copyable, Sendable {
    /// The longest line of NDJSON, or row of CSV or TSV, in bytes: memory is bounded by it (some ten times as much).
    public static let lineBytesMax = 64 * 1024 * 1024

    /// How much of a line that is too long, or of a row that never ends, an error keeps at most.
    public static let cutLineBytes = 4_096

    private enum Stage {
        case atStart, reading, skipping, ended
    }

    private let format: TextFormat
    private let lineMax: Int
    private let key: FieldPath
    private let rawKeys: RawKeys?
    private var stage = Stage.atStart
    private var input = InputBuffer()
    private var lines: JSONLineReader
    private var rows: RowReader
    private var scanner: RowScanner
    private var nextLine = 1

    /// The line on which the last record began, counted from 1.
    public private(set) var line = 0
    /// The last record's primary key.
    public private(set) var keyValue = Value.null
    /// The last record's primary key, encoded.
    public private(set) var primaryKey: [UInt8] = []

    /// A reader of `format` for a table with these values, primary key field and schema.
    ///
    /// Lines of more than `lineMax` bytes are refused. `rawKeys`: those of a table of another program's records.
    public init(
        _ format: TextFormat, values: ValueFormat, key: FieldPath, schema: Schema = Schema(), rawKeys: RawKeys? = nil,
        lineMax: Int = RecordReader.lineBytesMax
    ) {
        precondition(lineMax > 0 && lineMax <= Self.lineBytesMax, "a line limit of \(lineMax) bytes")
        self.format = format
        self.lineMax = lineMax
        self.key = key
        self.rawKeys = rawKeys
        lines = JSONLineReader(format: values, key: key, schema: schema)
        rows = RowReader(format, target: values, key: key, schema: schema)
        scanner = RowScanner(format)
    }

    /// Takes the next block of the text; it is copied.
    public mutating func feed(_ block: RawSpan) {
        precondition(!input.isFinished, "text after finish()")
        input.append(block)
    }

    /// Says that there is no more text: what is left without a line end is the last line.
    public mutating func finish() { input.isFinished = true }

    /// Moves to the next record; false if there is none in the text fed so far.
    ///
    /// Throws `ImportError` for a line that is no record, or a header that is none.
    public mutating func next() throws(ImportError) -> Bool {
        guard try begin() else { return false }
        return format == .ndjson ? try nextObject() : try nextRow()
    }

    /// Calls `body` with the last record's bytes.
    public func withRecord<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try body(format == .ndjson ? lines.record.bytes : rows.bytes.bytes)
    }

    /// A copy of the last record's bytes.
    public var record: [UInt8] { Array(format == .ndjson ? lines.record : rows.bytes) }
}

extension RecordReader {
    private static var byteOrderMark: [UInt8] { [0xEF, 0xBB, 0xBF] }

    /// Passes over what is not to be read; false if there is nothing to read yet.
    private mutating func begin() throws(ImportError) -> Bool {
        switch stage {
        case .reading: return true
        case .ended: return false
        case .skipping:
            guard let length = input.lineLength() else {
                input.consume(input.pending.count)
                return false
            }
            input.consumeLine(length)
            nextLine += 1
        case .atStart:
            guard input.isFinished || input.pending.count >= Self.byteOrderMark.count else { return false }
            if input.pending.starts(with: Self.byteOrderMark) { input.consume(Self.byteOrderMark.count) }
        }
        stage = .reading
        return true
    }

    private mutating func nextObject() throws(ImportError) -> Bool {
        while let length = input.lineLength() {
            let text = UnsafeRawBufferPointer(rebasing: input.pending[..<length])
            defer {
                input.consumeLine(length)
                nextLine += 1
            }
            line = nextLine
            do throws(LineFault) {
                guard length <= lineMax else { throw tooLong }
                if text.allSatisfy(JSONDiagnosis.isSpace) { continue }
                try accept(try lines.read(text))
                return true
            } catch {
                throw failure(error, in: text)
            }
        }
        guard input.pending.count > lineMax else { return false }
        line = nextLine
        stage = .skipping
        return try refuse(tooLong)
    }

    private mutating func nextRow() throws(ImportError) -> Bool {
        while scanner.scan(input.pending, isFinished: input.isFinished) {
            line = nextLine
            nextLine += scanner.lineCount
            let row = UnsafeRawBufferPointer(rebasing: input.pending[..<scanner.length])
            defer {
                input.consume(scanner.length)
                scanner.reset()
            }
            do throws(LineFault) {
                if try readRow(row) { return true }
            } catch {
                if error.endsInput { stage = .ended }
                throw failure(error, in: row)
            }
        }
        if input.pending.count > lineMax + Self.lineEndBytesMax {
            line = nextLine
            stage = .ended
            return try refuse(tooLong.ending)
        }
        guard input.isFinished, rows.wantsHeader else { return false }
        line = nextLine
        stage = .ended
        return try refuse(LineFault(.header, "the text has no header row", endsInput: true))
    }

    /// One whole row; false if it holds no record: the header, or a blank line.
    private mutating func readRow(_ row: UnsafeRawBufferPointer) throws(LineFault) -> Bool {
        if scanner.cellCount == 1, scanner.cells[0].isAbsent { return false }
        guard Self.trimmed(row).count <= lineMax else { throw tooLong.ending }
        if let fault = scanner.fault { throw rows.wantsHeader ? fault.ending : fault }
        guard scanner.cellCount <= RowScanner.cellsMax else {
            let fault = LineFault(.cellCount, "\(scanner.cellCount) cells: at most \(RowScanner.cellsMax) are allowed")
            throw rows.wantsHeader ? fault.ending : fault
        }
        guard !rows.wantsHeader else {
            do throws(LineFault) {
                try rows.readHeader(row, scanner.cells)
            } catch {
                throw error.ending
            }
            return false
        }
        try accept(try rows.read(row, scanner.cells))
        return true
    }

    private mutating func accept(_ value: Value) throws(LineFault) {
        if let rawKeys {
            do throws(RecordError) {
                primaryKey = try rawKeys.key(of: value)
            } catch {
                throw LineFault(.keyNotUsable, error.description, field: key.text)
            }
        } else {
            do throws(KeyError) {
                primaryKey = try KeyEncoding.primaryKey(value)
            } catch {
                throw LineFault(.keyNotUsable, error.description, field: key.text)
            }
        }
        keyValue = value
    }

    private var tooLong: LineFault { LineFault(.tooLong, "longer than \(lineMax) bytes") }

    /// Throws what is wrong with the whole of the pending text, and leaves it behind.
    private mutating func refuse(_ fault: LineFault) throws(ImportError) -> Bool {
        let error = failure(fault, in: input.pending)
        input.consume(input.pending.count)
        throw error
    }

    private func failure(_ fault: LineFault, in text: UnsafeRawBufferPointer) -> ImportError {
        let raw = Self.trimmed(text)
        let cutBytes = min(Self.cutLineBytes, lineMax)
        let isCut = fault.reason == .tooLong || fault.endsInput && raw.count > cutBytes
        return ImportError(
            line: line, column: fault.offset.map { $0 + 1 }, field: fault.field, reason: fault.reason,
            detail: fault.detail, rawLine: Array(isCut ? raw.prefix(cutBytes) : raw), isRawLineCut: isCut,
            endsInput: fault.endsInput)
    }

    /// Bytes of the longest line end.
    private static let lineEndBytesMax = 2

    /// `text` without its line end.
    private static func trimmed(_ text: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
        var trimmed = text[...]
        if trimmed.last == UInt8(ascii: "\n") { trimmed.removeLast() }
        if trimmed.last == UInt8(ascii: "\r") { trimmed.removeLast() }
        return trimmed
    }
}

extension LineFault {
    /// The same, after which nothing can be read.
    var ending: LineFault {
        var fault = self
        fault.endsInput = true
        return fault
    }
}
