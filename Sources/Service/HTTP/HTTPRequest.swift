/// A request, read whole.
struct HTTPRequest: Hashable, Sendable {
    /// A name and a value, of a header or of the query.
    struct Field: Hashable, Sendable {
        var name: String
        var value: String
    }

    /// `GET`, as it was written: methods have upper and lower case.
    var method: String
    /// The parts of the path between slashes, decoded; a slash that was written `%2F` is part of its part.
    var path: [String]
    /// What stands after the question mark, decoded, in order.
    var query: [Field] = []
    /// Names in lower case.
    var headers: [Field] = []
    var body: [UInt8] = []
    /// Whether the client understands an answer in chunks (HTTP/1.1).
    var speaksChunks = true
    /// Whether the client wants the connection to stay.
    var keepsAlive = true

    /// The first header of a name, which is given in lower case.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The path as a user wrote it, near enough for a message.
    var pathText: String { "/" + path.joined(separator: "/") }
}

/// What is wrong with a request, as HTTP says it: a status, and the JSON of every error.
struct HTTPFailure: Error, Hashable, Sendable, Encodable {
    let status: Int
    let code: String
    let message: String
    /// The methods that are allowed, for 405.
    var allowed: [String] = []

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func badRequest(_ message: String) -> HTTPFailure { HTTPFailure(400, "BAD_REQUEST", message) }

    private enum Envelope: String, CodingKey { case error }
    private enum Key: String, CodingKey { case code, message, retryable }

    func encode(to encoder: any Encoder) throws {
        var envelope = encoder.container(keyedBy: Envelope.self)
        var fields = envelope.nestedContainer(keyedBy: Key.self, forKey: .error)
        try fields.encode(code, forKey: .code)
        try fields.encode(message, forKey: .message)
        try fields.encode(status == 408, forKey: .retryable)
    }
}
