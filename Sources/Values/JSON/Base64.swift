/// Base64 (RFC 4648 section 4, padded), the writing side.
enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// Appends the text of `bytes`.
    static func append<Output: ByteOutput & ~Copyable>(_ bytes: UnsafeRawBufferPointer, to text: inout Output) {
        var at = 0
        while at < bytes.count {
            let left = bytes.count - at
            var bits = UInt32(bytes[at]) << 16
            if left > 1 { bits |= UInt32(bytes[at + 1]) << 8 }
            if left > 2 { bits |= UInt32(bytes[at + 2]) }
            text.append(byte: character(bits >> 18))
            text.append(byte: character(bits >> 12))
            text.append(byte: left > 1 ? character(bits >> 6) : UInt8(ascii: "="))
            text.append(byte: left > 2 ? character(bits) : UInt8(ascii: "="))
            at += 3
        }
    }

    private static func character(_ bits: UInt32) -> UInt8 { alphabet.utf8Start[Int(bits & 0x3F)] }
}
