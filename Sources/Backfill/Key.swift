/// An encoded primary key, ordered as LMDB orders it: byte by byte, the shorter first.
public struct Key: Hashable, Comparable, Sendable {
    /// The encoded bytes, 1 to 511 of them.
    public let bytes: [UInt8]

    /// A key of these encoded bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Byte order, as `memcmp` gives it.
    public static func < (left: Key, right: Key) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Lower-case hexadecimal, two digits a byte.
    public var hex: String {
        Hex.string(bytes)
    }
}

extension Key: Codable, CustomStringConvertible {
    /// Reads the hexadecimal form.
    public init(from decoder: any Decoder) throws {
        self.init(try Hex.decode(from: decoder))
    }

    /// Writes the hexadecimal form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    /// The hexadecimal form.
    public var description: String { hex }
}

/// Hexadecimal text of bytes, the form in which keys and nonces stand in ledgers, logs and JSON.
public enum Hex {
    /// Two lower-case digits a byte.
    public static func string(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of hexadecimal text, or nil where it is not that.
    public static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map(digit)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    static func decode(from decoder: any Decoder) throws -> [UInt8] {
        let container = try decoder.singleValueContainer()
        guard let bytes = bytes(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal text")
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46: character - 0x41 + 10
        default: nil
        }
    }
}
