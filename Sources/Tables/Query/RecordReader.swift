internal import Values

/// Gives stored records to tests as MessagePack: those of MessagePack tables where they lie, JSON ones transcribed.
struct RecordReader {
    let format: ValueFormat
    let schema: Schema
    private let rawKeys: RawKeys?
    private var transcribed: [UInt8] = []
    private var whole: [UInt8] = []

    init(of table: TableRecord) {
        format = table.format
        schema = table.schema
        rawKeys = table.rawKeys
    }

    /// Calls `body` with the whole record; throws `RecordError` if it is malformed.
    @inline(__always)
    mutating func read<R>(_ key: RawSpan, _ record: RawSpan, _ body: (PackedValue) throws -> R) throws -> R {
        guard let rawKeys else { return try readWhole(record, body) }
        whole.removeAll(keepingCapacity: true)
        try rawKeys.appendRecord(key: key, value: record, format: format, to: &whole)
        // A copy of the reference only: `whole` is not written to while it is read.
        let bytes = whole
        return try readWhole(bytes.span.bytes, body)
    }

    @inline(__always)
    private mutating func readWhole<R>(_ record: RawSpan, _ body: (PackedValue) throws -> R) throws -> R {
        switch format {
        case .messagePack:
            return try record.withUnsafeBytes { try body(PackedValue($0)) }
        case .json:
            transcribed.removeAll(keepingCapacity: true)
            try Value(json: record, schema: schema).appendMessagePack(to: &transcribed)
            return try transcribed.withUnsafeBytes { try body(PackedValue($0)) }
        }
    }
}

extension PackedValue {
    /// The key that sorts this record by `order`: its smallest value, or its largest, as a component of an index key;
    /// nil if the field holds no scalar.
    func sortKey(_ order: Query.Order) throws -> [UInt8]? {
        guard let field = try value(at: order.field) else { return nil }
        guard case .array(let count, let start) = try field.content() else { return try field.component() }
        var best: [UInt8]?
        var place = start
        for _ in 0..<count {
            let element = PackedValue(bytes, at: place)
            place = try element.end()
            guard let key = try element.component() else { continue }
            guard let current = best else {
                best = key
                continue
            }
            if order.isDescending ? current.precedes(key) : key.precedes(current) { best = key }
        }
        return best
    }

    /// Whether the field is an array, so that one record may have several entries for it.
    func isArray(at path: FieldPath) throws(RecordError) -> Bool {
        guard let field = try value(at: path), case .array = try field.content() else { return false }
        return true
    }

    /// The value as a component of an index key; nil for what is no scalar.
    private func component() throws -> [UInt8]? {
        var key: [UInt8] = []
        switch try content() {
        case .small(let value): try KeyEncoding.appendComponent(value, to: &key)
        case .string(let text):
            try KeyEncoding.appendComponent(.string(String(decoding: text, as: UTF8.self)), to: &key)
        case .bytes(let bytes): try KeyEncoding.appendComponent(.bytes(Array(bytes)), to: &key)
        case .array, .map, .opaque: return nil
        }
        return key
    }
}
