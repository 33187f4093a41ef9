/// Why a value cannot be a key, or why bytes are not an encoded key or entry.
public struct KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of mistakes.
    public enum Code: Hashable, Sendable {
        /// Arrays, maps and opaque values are no key components.
        case notAScalar
        /// Primary keys are numbers (not NaN), timestamps, strings and bytes only.
        case notAPrimaryKey
        /// The encoded primary key has this many bytes, more than `EntryLayout.primaryKeyBytesMax`.
        case tooLong(bytes: Int)
        /// The bytes end within a component, or where a primary key should begin.
        case truncated
        /// No class of values has this tag.
        case unknownTag(UInt8)
        /// The bytes after the tag stand for no value.
        case badPayload
        /// Bytes follow the end.
        case trailingBytes
    }

    /// What is wrong.
    public let code: Code
    /// Where, counted from the first byte given; 0 for values.
    public let offset: Int

    /// An error of this kind at this byte.
    public init(_ code: Code, offset: Int = 0) {
        self.code = code
        self.offset = offset
    }

    /// What is wrong, in words.
    public var description: String {
        switch code {
        case .notAScalar: "arrays and maps cannot be part of a key"
        case .notAPrimaryKey: "a primary key must be a number (not NaN), a timestamp, a string or bytes"
        case .tooLong(let bytes):
            "a primary key may have \(EntryLayout.primaryKeyBytesMax) bytes when encoded, this one has \(bytes)"
        case .truncated: "the encoded key ends too early, at byte \(offset)"
        case .unknownTag(let tag): "unknown type \(tag) in an encoded key at byte \(offset)"
        case .badPayload: "the encoded key holds no value at byte \(offset)"
        case .trailingBytes: "bytes follow the encoded key at byte \(offset)"
        }
    }
}
