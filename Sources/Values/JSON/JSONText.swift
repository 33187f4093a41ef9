import CSimdJSON

/// How timestamps and bytes are spelt in JSON text, where JSON itself knows only strings.
enum JSONText {
    /// The instant that an RFC 3339 text names.
    static func timestamp(_ utf8: UnsafeRawBufferPointer) throws(RecordError) -> Timestamp {
        guard let timestamp = Timestamp(rfc3339: utf8) else { throw wrongType(.timestamp) }
        return timestamp
    }

    /// The bytes that a base64 text stands for (RFC 4648 section 4, padded).
    static func bytes(_ utf8: UnsafeRawBufferPointer) throws(RecordError) -> [UInt8] {
        var isBase64 = true
        let decoded = [UInt8](unsafeUninitializedCapacity: csj_base64_bytes_max(utf8.count)) { buffer, count in
            // An empty buffer may have no address, and no bytes are written to it then.
            var none: UInt8 = 0
            let written =
                buffer.baseAddress.map { csj_base64_decode(utf8.bytePointer, utf8.count, $0) }
                ?? csj_base64_decode(utf8.bytePointer, utf8.count, &none)
            isBase64 = written >= 0
            count = max(0, written)
        }
        guard isBase64 else { throw wrongType(.bytes) }
        return decoded
    }

    /// The error for a field that does not hold what the schema says.
    static func wrongType(_ kind: Schema.Kind) -> RecordError {
        switch kind {
        case .timestamp: RecordError(.wrongType, "not an RFC 3339 timestamp such as \"2026-01-31T00:00:00Z\"")
        case .bytes: RecordError(.wrongType, "not a base64 string (RFC 4648, padded)")
        }
    }
}
