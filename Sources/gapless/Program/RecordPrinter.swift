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
        case .json:
            record.withUnsafeBytes { line.append(contentsOf: $0) }
            // Another program may have written it over several lines.
            if line.contains(UInt8(ascii: "\n")) {
                line.removeAll(keepingCapacity: true)
                try JSON.appendMinified(record, to: &line)
            }
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
