/// The primary key field of an imported record.
enum KeyField {
    /// The value of the field from its MessagePack.
    static func value(_ messagePack: Slice<UnsafeRawBufferPointer>) throws(LineFault) -> Value {
        var reader = MessagePackReader(UnsafeRawBufferPointer(rebasing: messagePack))
        do throws(MessagePackFault) {
            switch try reader.next() {
            case .null: return .null
            case .bool(let value): return .bool(value)
            case .int(let value): return .int(value)
            case .uint(let value): return Value(value)
            case .double(let value): return .double(value)
            case .timestamp(let value): return .timestamp(value)
            case .string(let utf8): return .string(String(decoding: utf8, as: UTF8.self))
            case .bytes(let bytes): return .bytes(Array(bytes))
            case .opaque(let type, let bytes): return .opaque(type: type, bytes: Array(bytes))
            case .array: return .array([])
            case .map: return .map([])
            }
        } catch {
            throw LineFault(error.error())
        }
    }
}
