import Tables
import Values

/// Values that stand in records of the data set: what an application would ask for.
struct QuerySample {
    let field: FieldPath
    let values: [Value]

    /// Of random records, `count` of them; those without a scalar in the field are passed over.
    init(_ field: FieldPath, of options: DataOptions, count: Int) throws {
        self.field = field
        let generator = RecordGenerator(seed: options.seed, data: options.data)
        var random = RandomSource(seed: options.seed &+ 1)
        var reader = RecordReader(.ndjson, values: .messagePack, key: try FieldPath("id"))
        var text = TextBuffer(capacity: options.data.lineBytesMax)
        var values: [Value] = []
        for _ in 0..<count {
            text.removeAll()
            generator.append(1 + random.next(below: options.records), to: &text)
            text.withBytes { reader.feed(RawSpan(_unsafeBytes: $0)) }
            guard try reader.next() else { throw BenchFailure("a generated line is no record: a defect of the bench") }
            guard let value = try Value(messagePack: reader.record.span.bytes)[field] else { continue }
            switch value {
            case .null, .array, .map: continue
            default: values.append(value)
            }
        }
        guard !values.isEmpty else {
            throw BenchFailure("\(field.text) holds no scalar to ask for: choose another field")
        }
        self.values = values
    }

    /// The encoded index keys: what entries of the values begin with.
    func prefixes() throws -> [[UInt8]] { try values.map { try KeyEncoding.indexKey([$0]) } }

    func queries() throws -> [Query] {
        try values.map { try Query(.field(field, .compare(.equal, $0))) }
    }
}
