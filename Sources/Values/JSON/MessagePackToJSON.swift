extension MessagePack {
    /// Appends a MessagePack record as JSON text on one line, without decoding it to a `Value` first.
    ///
    /// The text is what `Value.appendJSON(to:)` writes for the same record. Throws `RecordError` (`malformed`,
    /// `tooDeep`, `notUTF8`; the text appended so far stays); that no map has a key twice is not checked. Any thread.
    public static func appendJSON(_ record: RawSpan, to text: inout [UInt8]) throws(RecordError) {
        var printer = MessagePackPrinter(ByteBuffer(capacity: record.byteCount * 2 + 64))
        try record.reading { (bytes) throws(RecordError) in try printer.print(bytes) }
        text.append(contentsOf: printer.text.contents)
    }
}

/// Writes MessagePack as JSON text, token by token.
struct MessagePackPrinter: ~Copyable {
    /// What was written so far.
    private(set) var text: ByteBuffer
    private var reader = MessagePackReader(UnsafeRawBufferPointer(start: nil, count: 0))

    init(_ text: consuming ByteBuffer = ByteBuffer()) { self.text = text }

    /// Forgets the text and keeps its memory.
    mutating func removeAll() { text.removeAll() }

    /// Appends all of `record`.
    mutating func print(_ record: UnsafeRawBufferPointer) throws(RecordError) {
        reader = MessagePackReader(record)
        do throws(MessagePackFault) {
            try value(depth: 0)
            guard reader.offset == reader.end else {
                throw MessagePackFault(reason: .trailingBytes, offset: reader.offset)
            }
        } catch {
            throw error.error()
        }
    }

    private mutating func value(depth: Int) throws(MessagePackFault) {
        try token(try reader.next(), depth: depth)
    }

    private mutating func token(_ token: MessagePackToken, depth: Int) throws(MessagePackFault) {
        switch token {
        case .null: JSONText.append("null", to: &text)
        case .bool(let value): JSONText.append(value ? "true" : "false", to: &text)
        case .int(let value): JSONText.append(integer: value, to: &text)
        case .uint(let value): JSONText.append(integer: value, to: &text)
        case .double(let value): JSONText.append(value, to: &text)
        case .timestamp(let value): JSONText.append(value, to: &text)
        case .string(let utf8): try string(utf8)
        case .bytes(let value): JSONText.append(bytes: value, to: &text)
        case .opaque(let type, let data): JSONText.append(extension: type, data, to: &text)
        case .array(let count): try array(count, depth: depth + 1)
        case .map(let count): try map(count, depth: depth + 1)
        }
    }

    private mutating func string(_ utf8: UnsafeRawBufferPointer) throws(MessagePackFault) {
        guard UTF8Check.isValid(utf8) else {
            throw MessagePackFault(reason: .notUTF8, offset: reader.offset - utf8.count)
        }
        JSONText.append(string: utf8, to: &text)
    }

    private mutating func array(_ count: Int, depth: Int) throws(MessagePackFault) {
        try checkDepth(depth)
        text.append(byte: UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { text.append(byte: UInt8(ascii: ",")) }
            try value(depth: depth)
        }
        text.append(byte: UInt8(ascii: "]"))
    }

    private mutating func map(_ count: Int, depth: Int) throws(MessagePackFault) {
        try checkDepth(depth)
        text.append(byte: UInt8(ascii: "{"))
        for index in 0..<count {
            if index > 0 { text.append(byte: UInt8(ascii: ",")) }
            try name(depth: depth)
            text.append(byte: UInt8(ascii: ":"))
            try value(depth: depth)
        }
        text.append(byte: UInt8(ascii: "}"))
    }

    /// A map's key: nearly always a string; others are rare enough to go by way of their `Value`.
    private mutating func name(depth: Int) throws(MessagePackFault) {
        let start = reader.offset
        if case .string(let utf8) = try reader.next() { return try string(utf8) }
        reader.move(to: start)
        let key = try otherKey(depth: depth)
        var name: [UInt8] = []
        key.appendJSONName(to: &name)
        name.withUnsafeBytes { text.append(raw: $0) }
    }

    private mutating func otherKey(depth: Int) throws(MessagePackFault) -> Value {
        switch try reader.next() {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .uint(let value): return Value(value)
        case .double(let value): return .double(value)
        case .timestamp(let value): return .timestamp(value)
        case .bytes(let value): return .bytes(Array(value))
        case .opaque(let type, let data): return .opaque(type: type, bytes: Array(data))
        case .string(let utf8):
            guard let name = UTF8Check.text(utf8) else {
                throw MessagePackFault(reason: .notUTF8, offset: reader.offset - utf8.count)
            }
            return .string(name)
        case .array(let count):
            try checkDepth(depth + 1)
            var values: [Value] = []
            for _ in 0..<count { values.append(try otherKey(depth: depth + 1)) }
            return .array(values)
        case .map(let count):
            try checkDepth(depth + 1)
            var entries: [MapEntry] = []
            for _ in 0..<count {
                entries.append(MapEntry(key: try otherKey(depth: depth + 1), value: try otherKey(depth: depth + 1)))
            }
            return .map(entries)
        }
    }

    private func checkDepth(_ depth: Int) throws(MessagePackFault) {
        guard depth <= ValueLimits.depthMax else {
            throw MessagePackFault(reason: .tooDeep, offset: reader.offset)
        }
    }
}
