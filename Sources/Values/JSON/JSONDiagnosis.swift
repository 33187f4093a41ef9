/// Says where and why a text is not JSON as Gapless accepts it.
///
/// A second, slow and simple reader: it runs only on texts that the fast parser refused without saying where.
struct JSONDiagnosis: ~Copyable {
    private let text: UnsafeRawBufferPointer
    private var at = 0
    private var depth = 0

    private init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// The first mistake in `text`; nil if it has none.
    static func error(in text: UnsafeRawBufferPointer) -> RecordError? {
        var diagnosis = JSONDiagnosis(text)
        do throws(RecordError) {
            try diagnosis.document()
            return nil
        } catch {
            return error
        }
    }

    private mutating func document() throws(RecordError) {
        skipSpace()
        try value()
        skipSpace()
        if at < text.count { throw malformed("bytes after the value") }
    }

    private mutating func value() throws(RecordError) {
        guard let first = peek else { throw malformed("the text ends where a value should be") }
        switch first {
        case UInt8(ascii: "{"): try container { (me) throws(RecordError) in try me.object() }
        case UInt8(ascii: "["): try container { (me) throws(RecordError) in try me.array() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw malformed("no value begins with this byte")
        }
    }

    private mutating func container(
        _ body: (inout JSONDiagnosis) throws(RecordError) -> Void
    ) throws(RecordError) {
        guard depth < ValueLimits.depthMax else {
            throw RecordError(.tooDeep, "arrays and maps nest deeper than \(ValueLimits.depthMax)", offset: at)
        }
        depth += 1
        at += 1
        skipSpace()
        try body(&self)
        at += 1
        depth -= 1
    }

    private mutating func object() throws(RecordError) {
        guard peek != UInt8(ascii: "}") else { return }
        var names: Set<[UInt8]> = []
        while true {
            let start = at
            guard peek == UInt8(ascii: "\"") else { throw malformed("a key in quotes should be here") }
            guard names.insert(try string()).inserted else {
                throw RecordError(.duplicateKey, "the same key twice in one object", offset: start)
            }
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw malformed("a colon should be here") }
            at += 1
            skipSpace()
            try value()
            if try isLast(closing: UInt8(ascii: "}")) { return }
        }
    }

    private mutating func array() throws(RecordError) {
        guard peek != UInt8(ascii: "]") else { return }
        repeat { try value() } while try !isLast(closing: UInt8(ascii: "]"))
    }

    /// Steps over a comma to what follows it; true at the closing bracket.
    private mutating func isLast(closing bracket: UInt8) throws(RecordError) -> Bool {
        skipSpace()
        if peek == bracket { return true }
        guard peek == UInt8(ascii: ",") else {
            throw malformed("a comma or '\(Character(Unicode.Scalar(bracket)))' should be here")
        }
        at += 1
        skipSpace()
        return false
    }

    private mutating func word(_ word: StaticString) throws(RecordError) {
        let bytes = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard text[at...].starts(with: bytes) else { throw malformed("no value begins like this") }
        at += bytes.count
    }

    /// The byte at the place of reading; nil at the end.
    private var peek: UInt8? { at < text.count ? text[at] : nil }

    private mutating func skipSpace() {
        while let byte = peek, JSONDiagnosis.isSpace(byte) { at += 1 }
    }

    /// True for the four bytes that JSON allows between tokens.
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private func malformed(_ detail: String, at offset: Int? = nil) -> RecordError {
        RecordError(.malformed, detail, offset: offset ?? at)
    }
}

extension JSONDiagnosis {
    private mutating func number() throws(RecordError) {
        let start = at
        guard let form = JSONNumber.form(of: text, from: start) else {
            throw malformed("not a number as JSON writes them", at: start)
        }
        at = form.end
        if let next = peek, Self.continuesNumber(next) {
            throw malformed("not a number as JSON writes them", at: start)
        }
        guard JSONNumber.fits(UnsafeRawBufferPointer(rebasing: text[start..<at]), form) else {
            let detail =
                form.isInteger
                ? "the integer is outside -2^63...2^64-1" : "the number is too large for a 64-bit double"
            throw RecordError(.numberOutOfRange, detail, offset: start)
        }
    }

    /// True for bytes that no token may begin with right behind a number.
    private static func continuesNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// Reads a string and returns it unescaped.
    private mutating func string() throws(RecordError) -> [UInt8] {
        var unescaped: [UInt8] = []
        at += 1
        while true {
            switch peek {
            case nil: throw malformed("the text ends inside a string")
            case UInt8(ascii: "\""):
                at += 1
                return unescaped
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case .some(let byte) where byte < 0x20: throw malformed("a control character inside a string")
            case .some:
                let length = UTF8Scalar.length(text, at: at)
                guard length > 0 else { throw RecordError(.notUTF8, "bytes that are not UTF-8", offset: at) }
                unescaped += text[at..<at + length]
                at += length
            }
        }
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(RecordError) {
        let start = at
        at += 1
        let letter = peek
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped += text[start + 1...start + 1]
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped += String(try scalar(from: start)).utf8
        default: throw malformed("an escape that JSON does not know", at: start)
        }
    }

    /// The scalar of `\uXXXX`, or of two such that are a surrogate pair.
    private mutating func scalar(from start: Int) throws(RecordError) -> Unicode.Scalar {
        let first = try codeUnit(start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, text[at...].starts(with: "\\u".utf8) else {
            throw malformed("half of a surrogate pair", at: start)
        }
        at += 2
        let second = try codeUnit(start)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw malformed("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func codeUnit(_ start: Int) throws(RecordError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw malformed("'\\u' needs four hexadecimal digits", at: start)
            }
            unit = unit << 4 | UInt32(digit)
            at += 1
        }
        return unit
    }
}
