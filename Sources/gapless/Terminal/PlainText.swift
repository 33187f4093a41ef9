/// Text in forms that every terminal and every log reader can show.
extension String {
    /// One line of ASCII: what is not printable ASCII becomes `\u{hex}`.
    var plainASCII: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case _ where scalar.value >= 0x20 && scalar.value < 0x7f: text.unicodeScalars.append(scalar)
            default: text += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return text
    }

    /// As JSON in plain ASCII, quotes included.
    var quotedASCII: String {
        var text = "\""
        for unit in utf16 {
            switch unit {
            case 0x22: text += "\\\""
            case 0x5c: text += "\\\\"
            case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default: text += "\\u" + String(unit, radix: 16).leftPadded(to: 4, with: "0")
            }
        }
        return text + "\""
    }

    /// Filled up at its end.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// Filled up at its beginning.
    func leftPadded(to width: Int, with filling: Character = " ") -> String {
        String(repeating: filling, count: Swift.max(0, width - count)) + self
    }

    /// At most `width` characters, with dots where the rest was.
    func shortened(to width: Int) -> String {
        count <= width ? self : width <= 3 ? String(prefix(width)) : prefix(width - 3) + "..."
    }
}

extension BinaryInteger {
    /// With commas between thousands: `1,234,567`.
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }
}
