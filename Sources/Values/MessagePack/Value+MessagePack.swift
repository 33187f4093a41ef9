extension Value {
    /// Decodes all the bytes as one MessagePack value.
    ///
    /// Throws `RecordError`: `malformed`, `duplicateKey`, `tooDeep` or `notUTF8`.
    public init(messagePack bytes: RawSpan) throws(RecordError) {
        self = try bytes.reading { (bytes) throws(RecordError) in
            var decoder = MessagePackDecoder(bytes)
            do throws(MessagePackFault) {
                return try decoder.whole()
            } catch {
                throw error.error()
            }
        }
    }

    /// Appends the value as MessagePack, each part in its shortest form; doubles stay doubles.
    ///
    /// Maps are written as they are: it is the caller's part that no key is there twice.
    public func appendMessagePack(to bytes: inout [UInt8]) {
        switch self {
        case .null: MessagePackWriter.null(to: &bytes)
        case .bool(let value): MessagePackWriter.bool(value, to: &bytes)
        case .int(let value): MessagePackWriter.int(value, to: &bytes)
        case .uint(let value): MessagePackWriter.uint(value, to: &bytes)
        case .double(let value): MessagePackWriter.double(value, to: &bytes)
        case .timestamp(let value): MessagePackWriter.timestamp(value, to: &bytes)
        case .string(let value): value.utf8.withContiguous { MessagePackWriter.string($0, to: &bytes) }
        case .bytes(let value): value.withUnsafeBytes { MessagePackWriter.bytes($0, to: &bytes) }
        case .opaque(let type, let data): data.withUnsafeBytes { MessagePackWriter.ext(type, $0, to: &bytes) }
        case .array(let values):
            MessagePackWriter.array(values.count, to: &bytes)
            for value in values { value.appendMessagePack(to: &bytes) }
        case .map(let entries):
            MessagePackWriter.map(entries.count, to: &bytes)
            for entry in entries {
                entry.key.appendMessagePack(to: &bytes)
                entry.value.appendMessagePack(to: &bytes)
            }
        }
    }

    /// The value as MessagePack.
    public var messagePack: [UInt8] {
        var bytes: [UInt8] = []
        appendMessagePack(to: &bytes)
        return bytes
    }
}
