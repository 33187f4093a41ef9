internal import FoundationEssentials
internal import Values

/// Turns a value of the store into a `Decodable` one; the reverse of `RecordEncoder`.
///
/// Numbers convert if nothing of them is lost: the whole number 3 is a `Double`, 3.5 is no `Int`.
enum RecordDecoder {
    /// Throws `DecodingError`.
    static func decode<T: Decodable>(_ type: T.Type, from value: Values.Value) throws -> T {
        try decode(type, from: value, path: [])
    }

    static func decode<T: Decodable>(_ type: T.Type, from value: Values.Value, path: [any CodingKey]) throws -> T {
        let special: Any? =
            switch type {
            case is Value.Type: Value(value)
            case is Date.Type: date(value)
            case is Data.Type: data(value)
            case is URL.Type: url(value)
            default: nil
            }
        // Of an optional type even nothing would be one.
        if let special, let special = special as? T { return special }
        if type is Date.Type || type is Data.Type || type is URL.Type { throw mismatch(type, value, path) }
        return try T(from: ValueDecoder(value: value, codingPath: path))
    }

    /// A timestamp; of a JSON table that does not know it as one, a text of RFC 3339.
    private static func date(_ value: Values.Value) -> Date? {
        switch value {
        case .timestamp(let instant): Date(seconds: instant.seconds, nanoseconds: instant.nanoseconds)
        case .string(let text):
            Timestamp(rfc3339: text).map { Date(seconds: $0.seconds, nanoseconds: $0.nanoseconds) }
        default: nil
        }
    }

    /// Bytes; of a JSON table that does not know them as such, a text in base64.
    private static func data(_ value: Values.Value) -> Data? {
        switch value {
        case .bytes(let bytes): Data(bytes)
        case .string(let text): Data(base64Encoded: text)
        default: nil
        }
    }

    private static func url(_ value: Values.Value) -> URL? {
        guard case .string(let text) = value else { return nil }
        return URL(string: text)
    }

    static func mismatch(_ type: Any.Type, _ value: Values.Value, _ path: [any CodingKey]) -> DecodingError {
        .typeMismatch(
            type, DecodingError.Context(codingPath: path, debugDescription: "\(kind(of: value)) is no \(type)"))
    }

    private static func kind(of value: Values.Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .int(let number): "the number \(number)"
        case .uint(let number): "the number \(number)"
        case .double(let number): "the number \(number)"
        case .timestamp: "a timestamp"
        case .string: "a text"
        case .bytes: "bytes"
        case .array: "an array"
        case .map: "a map"
        case .opaque: "an opaque value"
        }
    }

    /// What is wrong, and where.
    static func reason(of error: DecodingError) -> String {
        let (context, missing): (DecodingError.Context, String?) =
            switch error {
            case .keyNotFound(let key, let context): (context, FieldName.text(of: context.codingPath + [key]))
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, nil)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: "\(error)"), nil)
            }
        if let missing { return "it lacks the field \(missing)" }
        let path = FieldName.text(of: context.codingPath)
        return (path.isEmpty ? "" : "field \(path): ") + context.debugDescription
    }
}

private struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let value: Values.Value
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let entries) = value else {
            throw RecordDecoder.mismatch([String: Any].self, value, codingPath)
        }
        return KeyedDecodingContainer(DecodedFields<Key>(entries: entries, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw RecordDecoder.mismatch([Any].self, value, codingPath) }
        return DecodedElements(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let flag) = value else { throw RecordDecoder.mismatch(type, value, codingPath) }
        return flag
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value else { throw RecordDecoder.mismatch(type, value, codingPath) }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        let number: Double? =
            switch value {
            case .double(let number): number
            case .int(let number): Double(exactly: number)
            case .uint(let number): Double(exactly: number)
            default: nil
            }
        guard let number else { throw RecordDecoder.mismatch(type, value, codingPath) }
        return number
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        let number: Integer? =
            switch value {
            case .int(let number): Integer(exactly: number)
            case .uint(let number): Integer(exactly: number)
            case .double(let number): Integer(exactly: number)
            default: nil
            }
        guard let number else { throw RecordDecoder.mismatch(type, value, codingPath) }
        return number
    }

    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try RecordDecoder.decode(type, from: value, path: codingPath)
    }
}

private struct DecodedFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let codingPath: [any CodingKey]
    private let names: [String]
    private let fields: [String: Values.Value]

    init(entries: [MapEntry], codingPath: [any CodingKey]) {
        self.codingPath = codingPath
        let named = entries.compactMap { entry -> (String, Values.Value)? in
            guard case .string(let name) = entry.key else { return nil }
            return (name, entry.value)
        }
        names = named.map(\.0)
        fields = Dictionary(named) { first, _ in first }
    }

    var allKeys: [Key] { names.compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool { entry(key) != nil }

    private func entry(_ key: any CodingKey) -> Values.Value? { fields[key.stringValue] }

    private func decoder(_ key: any CodingKey) throws -> ValueDecoder {
        guard let value = entry(key) else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "the field is absent"))
        }
        return ValueDecoder(value: value, codingPath: codingPath + [key])
    }

    func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).decodeNil() }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try decoder(FieldName.superclass) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct DecodedElements: UnkeyedDecodingContainer {
    let elements: [Values.Value]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(elements: [Values.Value], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    /// The element at the place; the caller moves on if it could use it.
    private func decoder() throws -> ValueDecoder {
        let path = codingPath + [FieldName(intValue: currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, DecodingError.Context(codingPath: path, debugDescription: "the array ends before"))
        }
        return ValueDecoder(value: elements[currentIndex], codingPath: path)
    }

    private mutating func advanced<R>(_ body: (ValueDecoder) throws -> R) throws -> R {
        let result = try body(decoder())
        currentIndex += 1
        return result
    }

    mutating func decodeNil() throws -> Bool {
        guard try decoder().decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try advanced { try $0.decode(type) } }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try advanced { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try advanced { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try advanced { $0 } }
}
