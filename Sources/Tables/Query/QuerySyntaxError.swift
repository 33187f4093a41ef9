/// Where and why the text of a query cannot be read.
///
/// Its description shows the line of the text with a caret under the place:
/// ```
/// at column 8: expected a value, found AND
///   age >= AND city = 'Oslo'
///          ^
/// ```
struct QuerySyntaxError: Error, Hashable, CustomStringConvertible {
    /// The first byte of the UTF-8 text that does not fit.
    let offset: Int
    /// What would have fitted.
    let expected: String
    let description: String

    /// - Parameters:
    ///   - found: what stands there instead, in words.
    ///   - reason: said in place of "found ..." when more is known.
    init(_ text: [UInt8], at offset: Int, found: String? = nil, reason: String? = nil, expected: String) {
        self.offset = offset
        self.expected = expected
        let place = Place(of: offset, in: text)
        let head =
            if let reason {
                "\(reason); expected \(expected)"
            } else {
                "expected \(expected), found \(found ?? place.found)"
            }
        let line = place.lineNumber > 1 ? "line \(place.lineNumber), column" : "column"
        description = "at \(line) \(place.column): \(head)\n  \(place.shown)\n  \(place.caretIndent)^"
    }
}

extension QuerySyntaxError {
    /// One place of a text as a reader sees it.
    private struct Place {
        var lineNumber: Int
        /// Counted in characters from 1.
        var column: Int
        var found: String
        /// The line, or the part of a long one around the place.
        var shown: String
        var caretIndent: String

        /// So many characters of a long line are shown on either side of the place.
        private static let contextCharacters = 60

        init(of offset: Int, in text: [UInt8]) {
            let newline = UInt8(ascii: "\n")
            let before = text[..<offset]
            let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
            let lineEnd = text[offset...].firstIndex(of: newline) ?? text.count
            let head = Array(String(decoding: text[lineStart..<offset], as: UTF8.self))
            let tail = Array(String(decoding: text[offset..<lineEnd], as: UTF8.self))
            lineNumber = before.count { $0 == newline } + 1
            column = head.count + 1
            found = tail.first.map(String.init) ?? (offset == text.count ? "the end" : "the end of the line")
            let left = head.suffix(Self.contextCharacters)
            let right = tail.prefix(Self.contextCharacters)
            let leftMark = left.count < head.count ? "..." : ""
            let rightMark = right.count < tail.count ? "..." : ""
            shown = Self.oneLine(leftMark + String(left) + String(right) + rightMark)
            caretIndent = String(repeating: " ", count: leftMark.count + left.count)
        }

        /// Control characters, tabs among them, would move the caret from its place.
        private static func oneLine(_ text: String) -> String {
            String(text.map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? $0 : " " })
        }
    }
}
