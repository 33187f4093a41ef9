/// How long the scalars of UTF-8 text are.
enum UTF8Scalar {
    /// The length of the scalar at `start`; 0 if what is there is not UTF-8 (Unicode 15, table 3-7).
    static func length(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
        let (length, second) = shape(of: bytes[start])
        guard length > 0, start + length <= bytes.count else { return 0 }
        if length > 1, !second.contains(bytes[start + 1]) { return 0 }
        if length > 2, bytes[start + 2] & 0xC0 != 0x80 { return 0 }
        if length > 3, bytes[start + 3] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// How many bytes a scalar with this first byte has, and what the second may be.
    private static func shape(of first: UInt8) -> (length: Int, second: ClosedRange<UInt8>) {
        switch first {
        case 0x00...0x7F: (1, 0x80...0xBF)
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: (0, 0x80...0xBF)
        }
    }
}
