internal import FoundationEssentials
internal import Values

/// Turns a `Codable` value into a value of the store.
///
/// `Date` becomes a timestamp, `Data` bytes, `URL` a text; an optional property that is nil is absent.
enum RecordEncoder {
    /// Throws `EncodingError`, `DatabaseError`.
    static func encode<T: Encodable>(_ value: T) throws -> Values.Value { try encode(value, path: []) }

    static func encode<T: Encodable>(_ value: T, path: [any CodingKey]) throws -> Values.Value {
        switch value {
        case let value as Value: return try value.stored
        case let date as Date: return try date.gaplessValue.stored
        case let data as Data: return .bytes(Array(data))
        case let url as URL: return .string(url.absoluteString)
        default:
            let slot = EncodedSlot()
            try value.encode(to: SlotEncoder(slot: slot, codingPath: path))
            guard let value = slot.value else {
                throw EncodingError.invalidValue(
                    value, EncodingError.Context(codingPath: path, debugDescription: "it encodes nothing"))
            }
            return value
        }
    }

    /// What is wrong, and where.
    static func reason(of error: EncodingError) -> String {
        guard case .invalidValue(_, let context) = error else { return "\(error)" }
        let path = FieldName.text(of: context.codingPath)
        return (path.isEmpty ? "" : "field \(path): ") + context.debugDescription
    }
}

/// Where a value that is being encoded comes to stand; containers that are still open are read at the end.
private final class EncodedSlot {
    private enum Kind { case nothing, value(Values.Value), list, fields }

    private var kind = Kind.nothing
    private var list: [EncodedSlot] = []
    private var names: [String] = []
    private var fields: [String: EncodedSlot] = [:]

    /// Nil if nothing was encoded. What a container was asked for and never given is an empty map.
    var value: Values.Value? {
        switch kind {
        case .nothing: nil
        case .value(let value): value
        case .list: .array(list.map { $0.value ?? .map([]) })
        case .fields: .map(names.map { MapEntry($0, fields[$0]?.value ?? .map([])) })
        }
    }

    func set(_ value: Values.Value) { kind = .value(value) }

    func beginList() { if case .nothing = kind { kind = .list } }
    func beginFields() { if case .nothing = kind { kind = .fields } }

    var count: Int { list.count }

    func appended() -> EncodedSlot {
        let slot = EncodedSlot()
        list.append(slot)
        return slot
    }

    /// A name that comes again would make a record that no reader takes: the last value counts.
    func field(_ name: String) -> EncodedSlot {
        if let slot = fields[name] { return slot }
        let slot = EncodedSlot()
        names.append(name)
        fields[name] = slot
        return slot
    }
}

private struct SlotEncoder: Encoder {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.beginFields()
        return KeyedEncodingContainer(Fields<Key>(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.beginList()
        return Elements(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(slot: slot, codingPath: codingPath) }
}

private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: Key) { slot.field(key.stringValue).set(.null) }

    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        let encoded = try RecordEncoder.encode(value, path: codingPath + [key])
        slot.field(key.stringValue).set(encoded)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        SlotEncoder(slot: slot.field(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        SlotEncoder(slot: slot.field(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { encoder(FieldName.superclass) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

    private func encoder(_ key: any CodingKey) -> any Encoder {
        SlotEncoder(slot: slot.field(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct Elements: UnkeyedEncodingContainer {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]
    var count: Int { slot.count }

    private var path: [any CodingKey] { codingPath + [FieldName(intValue: count)] }

    mutating func encodeNil() { slot.appended().set(.null) }

    mutating func encode<T: Encodable>(_ value: T) throws {
        let encoded = try RecordEncoder.encode(value, path: path)
        slot.appended().set(encoded)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let path = path
        return SlotEncoder(slot: slot.appended(), codingPath: path).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let path = path
        return SlotEncoder(slot: slot.appended(), codingPath: path).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        let path = path
        return SlotEncoder(slot: slot.appended(), codingPath: path)
    }
}

private struct Single: SingleValueEncodingContainer {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]

    private func set(_ value: Values.Value) { slot.set(value) }

    mutating func encodeNil() { set(.null) }
    mutating func encode(_ value: Bool) { set(.bool(value)) }
    mutating func encode(_ value: String) { set(.string(value)) }
    mutating func encode(_ value: Double) { set(.double(value)) }
    mutating func encode(_ value: Float) { set(.double(Double(value))) }
    mutating func encode(_ value: Int) { set(.int(Int64(value))) }
    mutating func encode(_ value: Int8) { set(.int(Int64(value))) }
    mutating func encode(_ value: Int16) { set(.int(Int64(value))) }
    mutating func encode(_ value: Int32) { set(.int(Int64(value))) }
    mutating func encode(_ value: Int64) { set(.int(value)) }
    mutating func encode(_ value: UInt) { set(Values.Value(UInt64(value))) }
    mutating func encode(_ value: UInt8) { set(.int(Int64(value))) }
    mutating func encode(_ value: UInt16) { set(.int(Int64(value))) }
    mutating func encode(_ value: UInt32) { set(.int(Int64(value))) }
    mutating func encode(_ value: UInt64) { set(Values.Value(value)) }
    mutating func encode<T: Encodable>(_ value: T) throws { set(try RecordEncoder.encode(value, path: codingPath)) }
}
