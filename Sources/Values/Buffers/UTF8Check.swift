/// Whether bytes are UTF-8, fast where they are ASCII.
enum UTF8Check {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// True if the bytes are well-formed UTF-8.
    @inline(__always)
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        var index = 0
        while index &+ 8 <= bytes.count {
            if Bytes.word(base, index) & highBits != 0 { return isValidSlowly(bytes) }
            index &+= 8
        }
        var rest: UInt8 = 0
        while index < bytes.count {
            rest |= base.load(fromByteOffset: index, as: UInt8.self)
            index &+= 1
        }
        return rest < 0x80 || isValidSlowly(bytes)
    }

    @inline(never)
    private static func isValidSlowly(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { units in
            do {
                _ = try UTF8Span(validating: units.span)
                return true
            } catch {
                return false
            }
        }
    }

    /// The text of these bytes; nil if they are not UTF-8.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        String(validating: bytes, as: UTF8.self)
    }
}
