import CSimdJSON

/// The tokens of JSON text, as exports, queries and `get` print them.
extension JSONText {
    static func append<Output: ByteOutput & ~Copyable>(_ word: StaticString, to text: inout Output) {
        text.append(raw: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// Appends an integer, exactly.
    static func append<Output: ByteOutput & ~Copyable>(integer number: Int64, to text: inout Output) {
        if number < 0 { text.append(byte: UInt8(ascii: "-")) }
        append(integer: number.magnitude, to: &text)
    }

    /// Appends an integer, exactly.
    static func append<Output: ByteOutput & ~Copyable>(integer number: UInt64, to text: inout Output) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var at = digits.count
            var rest = number
            repeat {
                at -= 1
                digits[at] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest != 0
            text.append(raw: UnsafeRawBufferPointer(rebasing: digits[at...]))
        }
    }

    /// Appends the shortest text that reads back as `number`, never one that looks like an integer.
    ///
    /// What JSON has no numbers for becomes the string "NaN", "Infinity" or "-Infinity".
    static func append<Output: ByteOutput & ~Copyable>(_ number: Double, to text: inout Output) {
        guard number.isFinite else {
            append(number.isNaN ? "\"NaN\"" : number < 0 ? "\"-Infinity\"" : "\"Infinity\"", to: &text)
            return
        }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CSJ_DOUBLE_TEXT_BYTES_MAX)) { characters in
            guard let start = characters.baseAddress else { return }
            let count = csj_double_text(number, start)
            text.append(raw: UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// Appends an instant as an RFC 3339 string.
    static func append<Output: ByteOutput & ~Copyable>(_ instant: Timestamp, to text: inout Output) {
        text.append(byte: UInt8(ascii: "\""))
        instant.rfc3339.utf8.withContiguous { text.append(raw: $0) }
        text.append(byte: UInt8(ascii: "\""))
    }

    /// Appends bytes as a string of base64.
    static func append<Output: ByteOutput & ~Copyable>(bytes: UnsafeRawBufferPointer, to text: inout Output) {
        text.append(byte: UInt8(ascii: "\""))
        Base64.append(bytes, to: &text)
        text.append(byte: UInt8(ascii: "\""))
    }

    /// Appends a string in quotes; `utf8` must be UTF-8.
    ///
    /// Escaped are quotes, backslashes and control characters; all else stands as it is.
    static func append<Output: ByteOutput & ~Copyable>(string utf8: UnsafeRawBufferPointer, to text: inout Output) {
        text.append(byte: UInt8(ascii: "\""))
        var start = 0
        while let special = firstSpecial(in: utf8, from: start) {
            text.append(raw: UnsafeRawBufferPointer(rebasing: utf8[start..<special]))
            appendEscape(utf8[special], to: &text)
            start = special + 1
        }
        text.append(raw: UnsafeRawBufferPointer(rebasing: utf8[start...]))
        text.append(byte: UInt8(ascii: "\""))
    }

    /// The first byte at or after `start` that cannot stand in a JSON string as it is; eight are looked at in one step.
    @inline(__always)
    private static func firstSpecial(in utf8: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = utf8.baseAddress else { return nil }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 8 <= utf8.count {
            let word = Bytes.word(base, index)
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            // A borrow can only mark bytes above a true one, so a zero result is exact; a hit is found byte by byte.
            let controls = (word &- ones &* 0x20) & ~word
            let found = controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
            if found & highs != 0 { break }
            index &+= 8
        }
        while index < utf8.count {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
            index &+= 1
        }
        return nil
    }

    private static func appendEscape<Output: ByteOutput & ~Copyable>(_ byte: UInt8, to text: inout Output) {
        switch byte {
        case 0x22: append("\\\"", to: &text)
        case 0x5C: append("\\\\", to: &text)
        case 0x08: append("\\b", to: &text)
        case 0x09: append("\\t", to: &text)
        case 0x0A: append("\\n", to: &text)
        case 0x0C: append("\\f", to: &text)
        case 0x0D: append("\\r", to: &text)
        default:
            append("\\u00", to: &text)
            text.append(byte: hexDigit(byte >> 4))
            text.append(byte: hexDigit(byte & 0x0F))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
