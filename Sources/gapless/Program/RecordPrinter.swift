import Tables
import Values

/// Prints records as JSON, one a line.
struct RecordPrinter {
    private var line: [UInt8] = []

    /// One stored record, whole.
    mutating func print(_ record: RawSpan, format: ValueFormat) throws {
        line.removeAll(keepingCapacity: true)
        switch format {
        case .messagePack: try MessagePack.appendJSON(record, to: &line)
        case .json: record.withUnsafeBytes { line.append(contentsOf: $0) }
        }
        try end()
    }

    /// One record that was decoded.
    mutating func print(_ record: Value) throws {
        line.removeAll(keepingCapacity: true)
        record.appendJSON(to: &line)
        try end()
    }

    private mutating func end() throws {
        line.append(UInt8(ascii: "\n"))
        try StandardOutput.shared.write(line)
    }
}
