/// The form of numbers in JSON text (RFC 8259 section 6).
enum JSONNumber {
    /// Where a number ends, and whether it has neither fraction nor exponent.
    struct Form {
        var end: Int
        var isInteger: Bool
    }

    /// The longest number that begins at `start`; nil if none does.
    static func form(of text: UnsafeRawBufferPointer, from start: Int) -> Form? {
        var at = start
        func byte() -> UInt8? { at < text.count ? text[at] : nil }
        func skipDigits() -> Bool {
            let first = at
            while let digit = byte(), isDigit(digit) { at += 1 }
            return at > first
        }
        if byte() == UInt8(ascii: "-") { at += 1 }
        if byte() == UInt8(ascii: "0") {
            at += 1
        } else if !skipDigits() {
            return nil
        }
        var isInteger = true
        if byte() == UInt8(ascii: ".") {
            at += 1
            isInteger = false
            guard skipDigits() else { return nil }
        }
        if let letter = byte(), letter | 0x20 == UInt8(ascii: "e") {
            at += 1
            isInteger = false
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { at += 1 }
            guard skipDigits() else { return nil }
        }
        return Form(end: at, isInteger: isInteger)
    }

    /// The number that is the whole of `text`; nil if it is no JSON number.
    static func form(of text: UnsafeRawBufferPointer) -> Form? {
        guard let form = form(of: text, from: 0), form.end == text.count else { return nil }
        return form
    }

    /// The whole number that `text` names, which has the form of one; nil if 64 bits do not hold it.
    static func integer(_ text: UnsafeRawBufferPointer) -> Value? {
        let isNegative = text.first == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for digit in text.dropFirst(isNegative ? 1 : 0) {
            let (tens, isOver) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(UInt64(digit & 0x0F))
            if isOver || isOverToo { return nil }
            magnitude = sum
        }
        guard isNegative else { return Value(magnitude) }
        guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
        return .int(Int64(truncatingIfNeeded: 0 &- magnitude))
    }

    /// True if 64 bits hold the number that `text` names: exactly an integer, nearly and finitely a double.
    static func fits(_ text: UnsafeRawBufferPointer, _ form: Form) -> Bool {
        if form.isInteger { return integer(text) != nil }
        return Double(String(decoding: text, as: UTF8.self)).map(\.isFinite) ?? false
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
