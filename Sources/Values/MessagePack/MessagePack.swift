/// MessagePack records as a whole: checked, or asked for one field, without decoding the rest.
public enum MessagePack {
    /// Checks that the bytes are one well-formed value.
    ///
    /// Throws `RecordError`: `malformed`, `duplicateKey` or `tooDeep`. Strings are not checked to be UTF-8: only those
    /// that are indexed or decoded are.
    public static func validate(_ record: RawSpan) throws(RecordError) {
        try record.reading { (bytes) throws(RecordError) in try validate(bytes) }
    }

    /// The value of one field of a record; nil if it is absent.
    ///
    /// All of the record's structure is checked.
    ///
    /// Throws `RecordError` as `validate` does, and `notUTF8` for the field's own strings.
    public static func field(_ path: FieldPath, in record: RawSpan) throws(RecordError) -> Value? {
        try record.reading { (bytes) throws(RecordError) -> Value? in
            try validate(bytes)
            do throws(MessagePackFault) {
                guard let place = try MessagePackFieldFinder(bytes).find(path) else { return nil }
                var decoder = MessagePackDecoder(UnsafeRawBufferPointer(rebasing: bytes[place]))
                return try decoder.whole()
            } catch {
                var named = error.error()
                named.field = path.text
                throw named
            }
        }
    }

    private static func validate(_ bytes: UnsafeRawBufferPointer) throws(RecordError) {
        var locator = MessagePackFieldLocator()
        var nowhere = NoSink()
        do throws(MessagePackFault) {
            try noFields.withView { (view) throws(MessagePackFault) in
                try locator.locate(view, in: bytes, into: &nowhere)
            }
        } catch {
            throw error.error()
        }
    }

    private static let noFields = WantedFields([])
}

/// Takes nothing: for walks that only check.
struct NoSink: FieldSink {
    mutating func null(_ field: Int) {}
    mutating func bool(_ field: Int, _ value: Bool) {}
    mutating func int(_ field: Int, _ value: Int64) {}
    mutating func uint(_ field: Int, _ value: UInt64) {}
    mutating func double(_ field: Int, _ value: Double) {}
    mutating func timestamp(_ field: Int, _ value: Timestamp) {}
    mutating func string(_ field: Int, _ utf8: UnsafeRawBufferPointer) {}
    mutating func bytes(_ field: Int, _ bytes: UnsafeRawBufferPointer) {}
}

/// Finds where one field stands in a record that was checked before.
struct MessagePackFieldFinder {
    private var reader: MessagePackReader

    init(_ record: UnsafeRawBufferPointer) { reader = MessagePackReader(record) }

    /// The field's bytes by their offsets; nil if the field is absent.
    func find(_ path: FieldPath) throws(MessagePackFault) -> Range<Int>? {
        var finder = self
        for step in path.components {
            guard try finder.enter(step) else { return nil }
        }
        let start = finder.reader.offset
        try finder.skip()
        return start..<finder.reader.offset
    }

    /// Moves to the value under `name` in the map that begins here; false if there is none.
    private mutating func enter(_ name: [UInt8]) throws(MessagePackFault) -> Bool {
        guard case .map(let count) = try reader.next() else { return false }
        for _ in 0..<count {
            let start = reader.offset
            if case .string(let key) = try reader.next() {
                if name.withUnsafeBytes({ Bytes.areEqual($0, key) }) { return true }
            } else {
                reader.move(to: start)
                try skip()
            }
            try skip()
        }
        return false
    }

    /// Moves behind the value that begins here, counting what is still open instead of recursing.
    private mutating func skip() throws(MessagePackFault) {
        var open = 1
        while open > 0 {
            open -= 1
            switch try reader.next() {
            case .array(let count): open += count
            case .map(let count): open += 2 * count
            default: break
            }
        }
    }
}
