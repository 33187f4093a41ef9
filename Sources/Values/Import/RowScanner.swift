/// Finds the cells of one row of CSV or TSV, however often the text breaks off in between.
///
/// Offsets are counted from the row's first byte, so that the text may move in memory while a row is read.
struct RowScanner {
    /// Where a cell's text lies, without its quotes.
    struct Cell {
        var start: Int
        var end: Int
        /// True if it stood in quotes.
        var isQuoted = false
        /// True if doubled quotes or backslashes in it stand for something else.
        var hasEscapes = false
    }

    /// How many cells of a row are kept; a row of nothing but separators would need 32 times its own memory.
    static let cellsMax = 65_536

    private enum State {
        case atCell, unquoted, quoted, quoteSeen, returnSeen
    }

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let backslash = UInt8(ascii: "\\")

    private let separator: UInt8
    private let isQuoting: Bool
    private var state = State.atCell
    private var cell = Cell(start: 0, end: 0)

    /// The cells found so far, at most `cellsMax`; all of them once `scan` returned true.
    private(set) var cells: [Cell] = []
    /// How many cells were found.
    private(set) var cellCount = 0
    /// How many bytes of the row were read, its line end included.
    private(set) var length = 0
    /// How many lines the row takes up.
    private(set) var lineCount = 1
    /// The first mistake in the row's quoting.
    private(set) var fault: LineFault?

    init(_ format: TextFormat) {
        separator = format == .tsv ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        isQuoting = format != .tsv
    }

    /// Forgets the row.
    mutating func reset() {
        state = .atCell
        cell = Cell(start: 0, end: 0)
        cells.removeAll(keepingCapacity: true)
        cellCount = 0
        length = 0
        lineCount = 1
        fault = nil
    }

    /// Reads on in `row`, of which the beginning was seen before; true once the row is complete.
    ///
    /// With `isFinished` there is nothing after `row`.
    mutating func scan(_ row: UnsafeRawBufferPointer, isFinished: Bool) -> Bool {
        while true {
            skipPlain(row)
            guard length < row.count else { break }
            let byte = row[length]
            let isEnd = step(byte, in: row)
            length += 1
            if isEnd { return true }
        }
        guard isFinished, length > 0 else { return false }
        finish(row)
        return true
    }

    /// Moves over bytes that mean nothing but themselves.
    @inline(__always)
    private mutating func skipPlain(_ row: UnsafeRawBufferPointer) {
        guard let base = row.baseAddress, state == .unquoted || state == .quoted else { return }
        let isQuoted = state == .quoted
        let special = isQuoting ? Self.quote : Self.backslash
        let separator = isQuoted ? Self.lineFeed : separator
        var at = length
        while at < row.count {
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            if byte == special || byte == separator || byte == Self.lineFeed { break }
            at &+= 1
        }
        length = at
    }

    /// One byte; true if it ends the row.
    @inline(__always)
    private mutating func step(_ byte: UInt8, in row: UnsafeRawBufferPointer) -> Bool {
        switch state {
        case .unquoted: return unquoted(byte, in: row)
        case .quoted:
            if byte == Self.quote { state = .quoteSeen } else if byte == Self.lineFeed { lineCount += 1 }
            return false
        case .atCell:
            if byte == Self.quote, isQuoting {
                cell = Cell(start: length + 1, end: length + 1, isQuoted: true)
                state = .quoted
                return false
            }
            cell = Cell(start: length, end: length)
            state = .unquoted
            return unquoted(byte, in: row)
        case .quoteSeen: return afterQuote(byte, in: row)
        case .returnSeen:
            if byte == Self.lineFeed { return endRow(at: length - 2, in: row) }
            note("a carriage return after a closing quote")
            state = .unquoted
            return unquoted(byte, in: row)
        }
    }

    @inline(__always)
    private mutating func unquoted(_ byte: UInt8, in row: UnsafeRawBufferPointer) -> Bool {
        if byte == separator {
            endCell(at: length)
        } else if byte == Self.lineFeed {
            return endRow(at: length, in: row)
        } else if isQuoting {
            if byte == Self.quote { note("a quote inside a cell that does not begin with one") }
        } else if byte == Self.backslash {
            cell.hasEscapes = true
        }
        return false
    }

    private mutating func afterQuote(_ byte: UInt8, in row: UnsafeRawBufferPointer) -> Bool {
        switch byte {
        case Self.quote:
            cell.hasEscapes = true
            state = .quoted
        case separator: endCell(at: length - 1)
        case Self.lineFeed: return endRow(at: length - 1, in: row)
        case Self.carriageReturn: state = .returnSeen
        default:
            note("text after a closing quote")
            state = .unquoted
        }
        return false
    }

    private mutating func endCell(at end: Int) {
        cell.end = end
        cellCount += 1
        if cellCount <= Self.cellsMax { cells.append(cell) }
        state = .atCell
    }

    private mutating func endRow(at end: Int, in row: UnsafeRawBufferPointer) -> Bool {
        let hasReturn = !cell.isQuoted && end > cell.start && row[end - 1] == Self.carriageReturn
        endCell(at: hasReturn ? end - 1 : end)
        return true
    }

    /// The text ended without a line end.
    private mutating func finish(_ row: UnsafeRawBufferPointer) {
        switch state {
        case .atCell:
            cell = Cell(start: length, end: length)
            endCell(at: length)
        case .unquoted: _ = endRow(at: length, in: row)
        case .quoteSeen: endCell(at: length - 1)
        case .returnSeen: endCell(at: length - 2)
        case .quoted:
            fault = LineFault(
                .quoting, "a quote is opened and never closed", offset: cell.start - 1, endsInput: true)
            endCell(at: length)
        }
    }

    private mutating func note(_ detail: String) {
        if fault == nil { fault = LineFault(.quoting, detail, offset: length) }
    }
}
