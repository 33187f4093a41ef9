/// Turns the cells of one CSV or TSV row into one record, and finds its primary key on the way.
///
/// A cell that is empty and not quoted is an absent field, a quoted empty one an empty string. Quoted or not, a text
/// that is a JSON number is a number, `true` and `false` are booleans, all else is a string; columns that the schema
/// calls timestamps or bytes hold RFC 3339 or base64.
///
/// Owned by one reader, which is why handing it to another thread is safe.
struct RowReader: ~Copyable, @unchecked Sendable {
    private let format: TextFormat
    private let target: ValueFormat
    private let key: FieldPath
    private let schema: Schema
    private var header: RowHeader?
    private var parser = JSONParser()
    private var record = ByteBuffer()
    private var unescaped = ByteBuffer()
    private var printer = MessagePackPrinter()

    init(_ format: TextFormat, target: ValueFormat, key: FieldPath, schema: Schema) {
        self.format = format
        self.target = target
        self.key = key
        self.schema = schema
    }

    /// True until the header row was read.
    var wantsHeader: Bool { header == nil }

    /// The last record's bytes; valid until the next row is read.
    var bytes: UnsafeRawBufferPointer { target == .json ? printer.text.contents : record.contents }

    /// Takes the first row for the names of the columns.
    mutating func readHeader(_ row: UnsafeRawBufferPointer, _ cells: [RowScanner.Cell]) throws(LineFault) {
        var names: [String] = []
        for cell in cells {
            guard let name = UTF8Check.text(try text(of: cell, in: row)) else {
                throw LineFault(.notUTF8, "a name in the header is not UTF-8", offset: cell.start)
            }
            names.append(name)
        }
        header = try RowHeader(names, key: key, schema: schema)
    }

    /// Reads one row and returns the value of its primary key cell.
    mutating func read(_ row: UnsafeRawBufferPointer, _ cells: [RowScanner.Cell]) throws(LineFault) -> Value {
        guard let columns = header?.columns else { preconditionFailure("a row before the header") }
        guard cells.count == columns.count else {
            throw LineFault(.cellCount, "\(cells.count) cells where the header has \(columns.count) names")
        }
        var keyValue: Value?
        record.removeAll()
        MessagePackWriter.map(cells.count { !$0.isAbsent }, to: &record)
        for index in cells.indices where !cells[index].isAbsent {
            columns[index].messagePackName.withUnsafeBytes { record.append(raw: $0) }
            let start = record.count
            do throws(LineFault) {
                try append(try text(of: cells[index], in: row), kind: columns[index].kind)
            } catch {
                var named = error
                named.field = columns[index].name
                named.offset = error.offset ?? cells[index].start
                throw named
            }
            if columns[index].isKey { keyValue = try KeyField.value(record.contents[start...]) }
        }
        guard let keyValue else { throw LineFault(.keyMissing, "the primary key is absent", field: key.text) }
        if target == .json { try print() }
        return keyValue
    }

    private mutating func print() throws(LineFault) {
        printer.removeAll()
        do throws(RecordError) {
            try printer.print(record.contents)
        } catch {
            throw LineFault(error)
        }
    }

    /// Appends one cell's value to the record.
    private mutating func append(_ text: UnsafeRawBufferPointer, kind: Schema.Kind?) throws(LineFault) {
        switch kind {
        case .timestamp, .bytes: try append(text, typed: kind)
        case nil where Self.isWord(text, "true"): MessagePackWriter.bool(true, to: &record)
        case nil where Self.isWord(text, "false"): MessagePackWriter.bool(false, to: &record)
        case nil:
            if let form = Self.number(text) { return try append(text, number: form) }
            guard UTF8Check.isValid(text) else { throw LineFault(.notUTF8, "the cell is not UTF-8") }
            MessagePackWriter.string(text, to: &record)
        }
    }

    private mutating func append(_ text: UnsafeRawBufferPointer, typed kind: Schema.Kind?) throws(LineFault) {
        do throws(RecordError) {
            if kind == .timestamp {
                MessagePackWriter.timestamp(try JSONText.timestamp(text), to: &record)
            } else {
                let bytes = try JSONText.bytes(text)
                bytes.withUnsafeBytes { MessagePackWriter.bytes($0, to: &record) }
            }
        } catch {
            throw LineFault(error)
        }
    }

    private mutating func append(_ text: UnsafeRawBufferPointer, number: JSONNumber.Form) throws(LineFault) {
        switch number.isInteger ? JSONNumber.integer(text) : nil {
        case .int(let value): return MessagePackWriter.int(value, to: &record)
        case .uint(let value): return MessagePackWriter.uint(value, to: &record)
        default: break
        }
        do throws(RecordError) {
            let tape = try parser.parse(text)
            MessagePackWriter.double(tape.double(at: JSONTape.root), to: &record)
        } catch {
            throw LineFault(error.code == .numberOutOfRange ? .numberOutOfRange : .malformed, error.detail)
        }
    }

    private static func isWord(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        Bytes.areEqual(text, UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private static func number(_ text: UnsafeRawBufferPointer) -> JSONNumber.Form? {
        guard let first = text.first, first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10 else { return nil }
        return JSONNumber.form(of: text)
    }
}

extension RowReader {
    /// What a cell says once its escapes are undone; valid until the next call.
    private mutating func text(
        of cell: RowScanner.Cell, in row: UnsafeRawBufferPointer
    ) throws(LineFault) -> UnsafeRawBufferPointer {
        let raw = UnsafeRawBufferPointer(rebasing: row[cell.start..<cell.end])
        guard cell.hasEscapes else { return raw }
        unescaped.removeAll()
        if format == .tsv { try undoBackslashes(raw, from: cell.start) } else { undoQuotes(raw) }
        return unescaped.contents
    }

    private mutating func undoQuotes(_ raw: UnsafeRawBufferPointer) {
        var isSecond = false
        for byte in raw {
            isSecond = byte == UInt8(ascii: "\"") && !isSecond
            if !isSecond { unescaped.append(byte: byte) }
        }
    }

    private mutating func undoBackslashes(_ raw: UnsafeRawBufferPointer, from start: Int) throws(LineFault) {
        var isEscaped = false
        for (index, byte) in raw.enumerated() {
            switch (isEscaped, byte) {
            case (false, UInt8(ascii: "\\")):
                isEscaped = true
                continue
            case (false, _), (true, UInt8(ascii: "\\")): unescaped.append(byte: byte)
            case (true, UInt8(ascii: "t")): unescaped.append(byte: UInt8(ascii: "\t"))
            case (true, UInt8(ascii: "n")): unescaped.append(byte: UInt8(ascii: "\n"))
            case (true, UInt8(ascii: "r")): unescaped.append(byte: UInt8(ascii: "\r"))
            case (true, _): throw badEscape(start + index - 1)
            }
            isEscaped = false
        }
        if isEscaped { throw badEscape(start + raw.count - 1) }
    }

    private func badEscape(_ offset: Int) -> LineFault {
        let detail = "TSV has only the escapes \\t, \\n, \\r and \\\\: write \\\\ for a backslash"
        return LineFault(.escape, detail, offset: offset)
    }
}

extension RowScanner.Cell {
    /// True if the cell stands for an absent field.
    var isAbsent: Bool { start == end && !isQuoted }
}
