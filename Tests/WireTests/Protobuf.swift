// Protobuf read and written by hand, from its specification: what a worker in another language would do.

/// One field of a message as it stands in the bytes.
struct ProtobufField {
    enum Content {
        case number(UInt64)
        case fixed64(UInt64)
        case bytes([UInt8])
    }

    let number: Int
    let content: Content

    init(_ number: Int, _ value: UInt64) {
        self.init(number: number, content: .number(value))
    }

    init(_ number: Int, _ bytes: [UInt8]) {
        self.init(number: number, content: .bytes(bytes))
    }

    init(_ number: Int, _ fields: [ProtobufField]) {
        self.init(number, Protobuf.bytes(fields))
    }

    init(number: Int, content: Content) {
        self.number = number
        self.content = content
    }

    var bytes: [UInt8] {
        switch content {
        case .number(let value): Protobuf.varint(UInt64(number) << 3) + Protobuf.varint(value)
        case .fixed64(let value):
            Protobuf.varint(UInt64(number) << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        case .bytes(let bytes):
            Protobuf.varint(UInt64(number) << 3 | 2) + Protobuf.varint(UInt64(bytes.count)) + bytes
        }
    }
}

enum Protobuf {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func bytes(_ fields: [ProtobufField]) -> [UInt8] { fields.flatMap(\.bytes) }

    /// The fields of a message; nil: the bytes are none.
    static func fields(_ bytes: [UInt8]) -> [ProtobufField]? {
        var rest = bytes[...]
        var fields: [ProtobufField] = []
        while !rest.isEmpty {
            guard let tag = readVarint(&rest) else { return nil }
            let number = Int(tag >> 3)
            switch tag & 7 {
            case 0:
                guard let value = readVarint(&rest) else { return nil }
                fields.append(ProtobufField(number, value))
            case 1:
                guard rest.count >= 8 else { return nil }
                let value = rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
                rest = rest.dropFirst(8)
                fields.append(ProtobufField(number: number, content: .fixed64(value)))
            case 2:
                guard let count = readVarint(&rest), count <= UInt64(rest.count) else { return nil }
                fields.append(ProtobufField(number, Array(rest.prefix(Int(count)))))
                rest = rest.dropFirst(Int(count))
            default: return nil
            }
        }
        return fields
    }

    private static func readVarint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}

/// A frame: the head of `version`, and an envelope of these fields.
func frame(version: UInt32 = 1, _ fields: [ProtobufField]) -> [UInt8] {
    Array("GPLS".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: version >> (24 - 8 * $0)) } + Protobuf.bytes(fields)
}
