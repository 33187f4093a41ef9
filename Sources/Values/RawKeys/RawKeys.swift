/// The keys of records that another program wrote under keys of its own, and the field in which a record shows its key.
///
/// Such a key lies beside the record's value and nearly never inside it. Everywhere but in the database the *whole
/// record* is meant: the value with the key as one more field, its first. A key that does not fit its form makes its
/// record bad, as a damaged value does: it is never passed over.
public struct RawKeys: Hashable, Sendable {
    /// How the bytes of a key stand for a value.
    public enum Form: String, Hashable, Sendable, Codable {
        /// A text in UTF-8.
        case text
        /// Bytes without a meaning.
        case bytes
        /// A whole number from 0 on, 8 bytes, the most significant first: the order of bytes is that of numbers.
        case bigEndian
        /// A whole number from 0 on, 8 bytes, the least significant first.
        case littleEndian
    }

    /// Bytes of a key that is a number.
    public static let numberBytes = 8

    /// How keys are written.
    public let form: Form
    /// The name of the field that shows the key; a path of one step.
    public let field: FieldPath

    /// Keys of this form, shown in this field.
    public init(_ form: Form, field: FieldPath) {
        precondition(field.components.count == 1, "a key is shown at the top of its record")
        self.form = form
        self.field = field
    }

    /// Whether keys in the order of their bytes are in the order of their values.
    public var areOrdered: Bool { form != .littleEndian }

    /// The value that a key stands for; throws `RecordError` (`badPrimaryKey`) for a key that does not fit.
    public func value(of key: RawSpan) throws(RecordError) -> Value {
        try key.reading { (bytes) throws(RecordError) in
            switch form {
            case .bytes: return .bytes(Array(bytes))
            case .bigEndian, .littleEndian: return Value(try number(bytes))
            case .text:
                guard let text = UTF8Check.text(bytes) else { throw RawKeys.notUTF8(bytes.count) }
                return .string(text)
            }
        }
    }

    /// The key that stands for a value; throws `RecordError` (`badPrimaryKey`) for a value that no key stands for.
    public func key(of value: Value) throws(RecordError) -> [UInt8] {
        switch (form, value) {
        case (.text, .string(let text)): return try checked(Array(text.utf8))
        case (.bytes, .bytes(let bytes)): return try checked(bytes)
        case (.bigEndian, _), (.littleEndian, _):
            guard let number = RawKeys.number(value) else {
                throw RecordError(.badPrimaryKey, "a key of this table is a whole number from 0 to 2^64-1")
            }
            let word = form == .bigEndian ? number.bigEndian : number.littleEndian
            return withUnsafeBytes(of: word) { Array($0) }
        case (.text, _): throw RecordError(.badPrimaryKey, "a key of this table is a text")
        case (.bytes, _): throw RecordError(.badPrimaryKey, "a key of this table is bytes")
        }
    }

    private func checked(_ key: [UInt8]) throws(RecordError) -> [UInt8] {
        guard (1...EntryLayout.primaryKeyBytesMax).contains(key.count) else {
            throw RecordError(
                .badPrimaryKey, "a key has 1 to \(EntryLayout.primaryKeyBytesMax) bytes, this one has \(key.count)")
        }
        return key
    }

    /// The whole number from 0 on that a value is equal to.
    private static func number(_ value: Value) -> UInt64? {
        switch value {
        case .int(let number): UInt64(exactly: number)
        case .uint(let number): number
        case .double(let number): UInt64(exactly: number)
        default: nil
        }
    }

    @inline(__always)
    func number(_ key: UnsafeRawBufferPointer) throws(RecordError) -> UInt64 {
        guard key.count == RawKeys.numberBytes, let base = key.baseAddress else {
            throw RecordError(
                .badPrimaryKey, "the key has \(key.count) bytes, and a key that is a number has \(RawKeys.numberBytes)")
        }
        let word = Bytes.word(base, 0)
        return form == .bigEndian ? UInt64(bigEndian: word) : UInt64(littleEndian: word)
    }

    static func notUTF8(_ bytes: Int) -> RecordError {
        RecordError(.badPrimaryKey, "the key, of \(bytes) bytes, is not UTF-8, and keys of this table are texts")
    }
}
