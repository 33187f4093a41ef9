import Testing
import Values

/// Texts read whole: records and errors in their order.
enum Records {
    enum Outcome: Equatable {
        case record(line: Int, key: Value, bytes: [UInt8])
        case failure(ImportError)
    }

    /// Reads `text` fed in blocks that end at `cuts`.
    static func read(
        _ text: [UInt8], _ format: TextFormat = .ndjson, values: ValueFormat = .messagePack, key: String = "key",
        schema: Schema = Schema(), cuts: [Int] = [], lineMax: Int = RecordReader.lineBytesMax
    ) throws -> [Outcome] {
        let key = try FieldPath(key)
        var reader = RecordReader(format, values: values, key: key, schema: schema, lineMax: lineMax)
        var outcomes: [Outcome] = []
        var start = 0
        for end in cuts + [text.count] {
            reader.feed(text.span.extracting(start..<end).bytes)
            start = end
            drain(&reader, into: &outcomes)
        }
        reader.finish()
        drain(&reader, into: &outcomes)
        return outcomes
    }

    private static func drain(_ reader: inout RecordReader, into outcomes: inout [Outcome]) {
        while true {
            do {
                guard try reader.next() else { return }
                outcomes.append(.record(line: reader.line, key: reader.keyValue, bytes: reader.record))
            } catch {
                outcomes.append(.failure(error))
            }
        }
    }

    /// The record of a text of one line.
    static func only(
        of text: String, values: ValueFormat, schema: Schema = Schema(), key: String = "key"
    ) throws -> [UInt8] {
        let outcomes = try read(Array(text.utf8), values: values, key: key, schema: schema)
        try #require(outcomes.count == 1)
        switch outcomes[0] {
        case .record(_, _, let bytes): return bytes
        case .failure(let error): throw error
        }
    }

    /// The records of a text as JSON, each with its line.
    static func lines(
        _ text: String, _ format: TextFormat, key: String = "key", schema: Schema = Schema()
    ) throws -> [String] {
        try read(Array(text.utf8), format, key: key, schema: schema).map { outcome in
            switch outcome {
            case .record(let line, _, let bytes):
                return "\(line) \(try Value(messagePack: bytes.span.bytes).jsonText)"
            case .failure(let error): return "\(error.line) \(error.reason.rawValue)"
            }
        }
    }
}
