import CSimdJSON

/// JSON records as a whole: checked, asked for one field, or put on one line.
public enum JSON {
    /// Checks that the bytes are one well-formed JSON document, as strictly as `Value(json:schema:)` does.
    ///
    /// Throws `RecordError` with the byte offset. Any thread.
    public static func validate(_ record: RawSpan) throws(RecordError) {
        var parser = JSONParser()
        try record.reading { (bytes) throws(RecordError) in _ = try parser.parse(bytes) }
    }

    /// The value of one field of a record; nil if it is absent.
    ///
    /// All of the record is checked. Throws `RecordError` as `validate` does, and `.wrongType` if the field is not what
    /// the schema says. Any thread.
    public static func field(
        _ path: FieldPath, in record: RawSpan, schema: Schema = Schema()
    ) throws(RecordError) -> Value? {
        var parser = JSONParser()
        return try record.reading { (bytes) throws(RecordError) -> Value? in
            let tape = try parser.parse(bytes)
            guard let word = tape.word(of: path) else { return nil }
            return try Value(tape: tape, at: word, below: path, schema: schema)
        }
    }

    /// Appends a record on one line: without the white space between its tokens, all else as it is.
    ///
    /// Throws `RecordError` as `validate` does. Any thread.
    public static func appendMinified(_ record: RawSpan, to text: inout [UInt8]) throws(RecordError) {
        var parser = JSONParser()
        try record.reading { (bytes) throws(RecordError) in
            try JSONParser.checkLength(bytes)
            let result = csj_minified(parser.opened(), nil, bytes.bytePointer, bytes.count)
            guard result.status == CSJ_OK else { throw JSONParser.error(result.status, in: bytes) }
            text.append(raw: UnsafeRawBufferPointer(start: result.record.start, count: result.record.count))
        }
    }
}

extension JSONTape {
    /// Where the value of a field stands; nil if it is absent.
    func word(of path: FieldPath) -> Int? {
        var word = Self.root
        for step in path.components {
            guard kind(at: word) == .object, let member = member(step, of: word) else { return nil }
            word = member
        }
        return word
    }

    private func member(_ name: [UInt8], of word: Int) -> Int? {
        let end = end(of: word)
        var at = word + 1
        while at < end {
            if name.withUnsafeBytes({ Bytes.areEqual($0, string(at: at)) }) { return at + 1 }
            at = after(at + 1)
        }
        return nil
    }
}
