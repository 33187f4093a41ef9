import CSimdJSON

/// A reusable JSON parser: checks a document strictly and leaves it as a tape.
///
/// Refused, with the byte offset where there is one: text that is not RFC 8259 JSON in UTF-8, an object with a key
/// twice, integers outside -2^63...2^64-1, numbers that overflow to infinity, more than `ValueLimits.depthMax`
/// containers inside one another, anything after the value. Buffers are allocated on first use and kept. Owned by one
/// place at a time, which is why handing it to another thread is safe.
struct JSONParser: ~Copyable, @unchecked Sendable {
    /// The longest document, in bytes: the parser counts in 32 bits and needs some ten times as much memory.
    static let documentBytesMax = 1 << 28

    private var handle: OpaquePointer?

    init() {}

    deinit { csj_parser_destroy(handle) }

    /// Parses one document.
    ///
    /// The tape is valid until the next call.
    mutating func parse(_ text: UnsafeRawBufferPointer) throws(RecordError) -> JSONTape {
        try Self.checkLength(text)
        var tape = csj_tape()
        let status = csj_parse(opened(), text.bytePointer, text.count, &tape)
        guard status == CSJ_OK else { throw Self.error(status, in: text) }
        return JSONTape(words: tape.words, strings: tape.strings)
    }

    /// The parser of the shim, made when it is first needed.
    mutating func opened() -> OpaquePointer {
        if let handle { return handle }
        guard let made = csj_parser_create() else { fatalError("out of memory for a JSON parser") }
        handle = made
        return made
    }

    static func checkLength(_ text: UnsafeRawBufferPointer) throws(RecordError) {
        guard text.count <= documentBytesMax else {
            throw RecordError(.malformed, "JSON of \(text.count) bytes: at most \(documentBytesMax) are allowed")
        }
    }

    /// What is wrong with a text that the shim refused.
    ///
    /// Memory that ran out is no property of a record: as everywhere in Swift, it ends the process.
    static func error(_ status: csj_status, in text: UnsafeRawBufferPointer) -> RecordError {
        if status == CSJ_NO_MEMORY { fatalError("out of memory for a JSON document of \(text.count) bytes") }
        return JSONDiagnosis.error(in: text) ?? RecordError(.malformed, "not well-formed JSON")
    }
}

extension UnsafeRawBufferPointer {
    /// Where the bytes begin, as C wants it.
    var bytePointer: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
