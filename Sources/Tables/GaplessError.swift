/// An error as a user sees it: it names the thing, what is wrong with it, and what to do.
public struct GaplessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for scripts.
    public var code: ErrorCode
    /// What went wrong, for people: one line, without a stack trace.
    public var message: String
    /// Whether the same request may succeed later.
    public var retryable: Bool
    /// After how many seconds a retry is worth it, when known.
    public var retryAfterSeconds: Int?
    /// The full name of the index concerned (`people.email`).
    public var index: String?
    /// The state of that index.
    public var state: IndexState?
    /// How far its build is, 0...1, when known.
    public var progress: Double?
    /// The primary key of the record concerned, as text.
    public var record: String?

    /// An error about a code, with everything else optional; `retryable` follows from the code.
    public init(
        _ code: ErrorCode, _ message: String, retryAfterSeconds: Int? = nil, index: String? = nil,
        state: IndexState? = nil, progress: Double? = nil, record: String? = nil
    ) {
        self.code = code
        self.message = message
        self.retryable = code.isRetryable
        self.retryAfterSeconds = retryAfterSeconds
        self.index = index
        self.state = state
        self.progress = progress
        self.record = record
    }

    /// `CODE: message`.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension GaplessError: Encodable {
    private enum Envelope: String, CodingKey { case error }
    private enum Field: String, CodingKey {
        case code, message, retryable, retryAfterSeconds, index, state, progress, record
    }

    /// The JSON of an error: `{"error":{"code":...,"message":...,"retryable":...}}` with the fields that are known.
    public func encode(to encoder: any Encoder) throws {
        var envelope = encoder.container(keyedBy: Envelope.self)
        var fields = envelope.nestedContainer(keyedBy: Field.self, forKey: .error)
        try fields.encode(code, forKey: .code)
        try fields.encode(message, forKey: .message)
        try fields.encode(retryable, forKey: .retryable)
        try fields.encodeIfPresent(retryAfterSeconds, forKey: .retryAfterSeconds)
        try fields.encodeIfPresent(index, forKey: .index)
        try fields.encodeIfPresent(state, forKey: .state)
        try fields.encodeIfPresent(progress, forKey: .progress)
        try fields.encodeIfPresent(record, forKey: .record)
    }
}
