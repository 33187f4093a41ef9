internal import Status

/// What is sent back.
struct HTTPResponse {
    /// How a client knows where a body ends.
    enum Framing {
        case length(Int)
        case chunks
        /// The answer to HEAD, whose body was not made.
        case none
    }

    var status: Int
    var headers: [HTTPRequest.Field] = []
    /// All of the body, unless `content` writes it.
    var body: [UInt8] = []
    /// Writes a body of unknown length. What it throws before anything was sent is answered in its place.
    var content: ((BodyWriter) throws -> Void)?

    init(status: Int, type: String, body: [UInt8]) {
        self.status = status
        headers = [HTTPRequest.Field(name: "Content-Type", value: type)]
        self.body = body
    }

    /// A value as one line of JSON.
    static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResponse {
        HTTPResponse(status: status, type: "application/json", body: Array((try JSONLine.text(value) + "\n").utf8))
    }

    mutating func add(_ name: String, _ value: String) {
        headers.append(HTTPRequest.Field(name: name, value: value))
    }

    /// The bytes of the response; the body is left out for HEAD, its length is not.
    func bytes(keepsAlive: Bool, hasBody: Bool) -> [UInt8] {
        head(keepsAlive: keepsAlive, .length(body.count)) + (hasBody ? body : [])
    }

    /// Status and headers.
    func head(keepsAlive: Bool, _ framing: Framing) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(HTTPResponse.phrase(status))\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        switch framing {
        case .length(let count): head += "Content-Length: \(count)\r\n"
        case .chunks: head += "Transfer-Encoding: chunked\r\n"
        case .none: break
        }
        head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        if !keepsAlive { head += "Connection: close\r\n" }
        return Array((head + "\r\n").utf8)
    }

    private static func phrase(_ status: Int) -> String {
        phrases[status] ?? (status < 400 ? "OK" : "Error")
    }

    private static let phrases = [
        200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 411: "Length Required",
        413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        503: "Service Unavailable", 505: "HTTP Version Not Supported", 507: "Insufficient Storage",
    ]
}
