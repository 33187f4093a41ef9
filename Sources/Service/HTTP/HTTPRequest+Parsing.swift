extension HTTPRequest {
    /// More headers than any client of ours sends.
    static let headersMax = 100

    /// Reads a head (RFC 9112): the bytes up to the empty line, without it.
    ///
    /// Throws `HTTPFailure`: 400 for what is malformed, 431 for too many headers, 505 for another version.
    init(head: ArraySlice<UInt8>) throws(HTTPFailure) {
        guard let text = String(validating: head, as: UTF8.self) else {
            throw .badRequest("the head of the request is not UTF-8")
        }
        // A line ends with CR LF, which is one character here; a bare LF is accepted, as the standard allows.
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewlineOfHTTP)[...]
        guard let first = lines.popFirst() else { throw .badRequest("the request is empty") }
        let words = first.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(\.isTokenOfHTTP) else {
            throw .badRequest("the request does not begin with METHOD PATH HTTP/1.1")
        }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            throw HTTPFailure(505, "BAD_REQUEST", "this server speaks HTTP/1.1 and HTTP/1.0")
        }
        let (path, query) = try HTTPRequest.target(words[1])
        self.init(method: String(words[0]), path: path, query: query)
        headers = try HTTPRequest.headers(lines)
        try checkSingle(["host", "content-length", "authorization", "transfer-encoding"])
        speaksChunks = words[2] == "HTTP/1.1"
        let options = header("connection")?.lowercased() ?? ""
        keepsAlive = speaksChunks ? !options.contains("close") : options.contains("keep-alive")
        if speaksChunks, header("host") == nil { throw .badRequest("a request names its Host") }
    }

    private static func headers(_ lines: ArraySlice<Substring>) throws(HTTPFailure) -> [Field] {
        guard lines.count <= headersMax else {
            throw HTTPFailure(431, "TOO_LARGE", "more than \(headersMax) headers")
        }
        var headers: [Field] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
                line[..<colon].allSatisfy(\.isTokenOfHTTP)
            else { throw .badRequest("a header is not written as NAME: VALUE") }
            let value = line[line.index(after: colon)...].trimming { $0 == " " || $0 == "\t" }
            headers.append(Field(name: line[..<colon].lowercased(), value: String(value)))
        }
        return headers
    }

    /// Two of these would let two readers see two requests.
    private func checkSingle(_ names: [String]) throws(HTTPFailure) {
        for name in names where headers.count(where: { $0.name == name }) > 1 {
            throw .badRequest("the header \(name) may stand there once only")
        }
    }

    private static func target(_ text: Substring) throws(HTTPFailure) -> (path: [String], query: [Field]) {
        guard text.hasPrefix("/") else { throw .badRequest("the path of a request begins with a slash") }
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in halves[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            path.append(try PercentEncoding.decode(part, plusIsSpace: false))
        }
        if path == [""] { path = [] }
        guard halves.count == 2 else { return (path, []) }
        var query: [Field] = []
        for pair in halves[1].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query.append(
                Field(
                    name: try PercentEncoding.decode(sides[0], plusIsSpace: true),
                    value: sides.count == 2 ? try PercentEncoding.decode(sides[1], plusIsSpace: true) : ""))
        }
        return (path, query)
    }
}

/// `%41` is `A`.
enum PercentEncoding {
    /// Throws 400 for a percent sign without two digits, and for bytes that are not UTF-8.
    static func decode(_ text: Substring, plusIsSpace: Bool) throws(HTTPFailure) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw .badRequest("\(text): a percent sign stands before two hexadecimal digits")
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("\(text) does not stand for UTF-8")
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

extension Character {
    fileprivate var isNewlineOfHTTP: Bool { self == "\r\n" || self == "\n" }

    /// What names of methods and headers are made of (RFC 9110, 5.6.2).
    fileprivate var isTokenOfHTTP: Bool {
        isASCII && (isLetter || isNumber || "!#$%&'*+-.^_`|~".contains(self))
    }
}

extension Substring {
    fileprivate func trimming(where isTrimmed: (Character) -> Bool) -> Substring {
        var text = drop(while: isTrimmed)
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
