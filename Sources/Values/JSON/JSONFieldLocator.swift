/// Finds the wanted fields of one JSON record.
///
/// One of these lives in each scratch and is used by one thread at a time. Making one is cheap: a parser and its
/// buffers are allocated on first use and kept. The whole record is parsed and checked; only the maps on the way to
/// wanted fields are looked at again.
struct JSONFieldLocator: ~Copyable, Sendable {
    private var parser = JSONParser()

    /// Walks `record`, checks all of it, and hands the wanted fields to `sink`.
    ///
    /// A field that the schema calls a timestamp or bytes must hold texts of such, nulls, or arrays of both: anything
    /// else is `.wrongType`.
    mutating func locate<Sink: FieldSink & ~Copyable>(
        _ wanted: WantedFields.View, in record: UnsafeRawBufferPointer, into sink: inout Sink
    ) throws(RecordError) {
        let walk = JSONFieldWalk(tape: try parser.parse(record), wanted: wanted)
        guard walk.tape.kind(at: JSONTape.root) == .object else { return }
        try walk.object(at: JSONTape.root, node: WantedFields.root, into: &sink)
    }
}

/// One walk over one document along the tree of wanted fields.
private struct JSONFieldWalk {
    let tape: JSONTape
    let wanted: WantedFields.View

    func object<Sink: FieldSink & ~Copyable>(
        at word: Int, node: Int, into sink: inout Sink
    ) throws(RecordError) {
        let end = tape.end(of: word)
        var at = word + 1
        while at < end {
            let child = wanted.child(of: node, named: tape.string(at: at))
            if child != WantedFields.none {
                do throws(RecordError) {
                    try member(at: at + 1, node: child, into: &sink)
                } catch {
                    throw Self.named(error, within: tape.string(at: at))
                }
            }
            at = tape.after(at + 1)
        }
    }

    /// The error with one more step in front of its field's path: the walk knows names only on its way back.
    private static func named(_ error: RecordError, within name: UnsafeRawBufferPointer) -> RecordError {
        var named = error
        named.field = String(decoding: name, as: UTF8.self) + (error.field.map { "." + $0 } ?? "")
        return named
    }

    private func member<Sink: FieldSink & ~Copyable>(
        at word: Int, node: Int, into sink: inout Sink
    ) throws(RecordError) {
        let field = wanted.field(at: node)
        switch tape.kind(at: word) {
        case .object:
            if field != WantedFields.none, let kind = wanted.kind(of: field) { throw JSONText.wrongType(kind) }
            if wanted.hasChildren(node) { try object(at: word, node: node, into: &sink) }
        case .array:
            if field != WantedFields.none { try elements(at: word, field: field, into: &sink) }
        default:
            if field != WantedFields.none { try scalar(at: word, field: field, into: &sink) }
        }
    }

    private func elements<Sink: FieldSink & ~Copyable>(
        at word: Int, field: Int, into sink: inout Sink
    ) throws(RecordError) {
        let end = tape.end(of: word)
        var at = word + 1
        while at < end {
            switch tape.kind(at: at) {
            case .object, .array: break
            default: try scalar(at: at, field: field, into: &sink)
            }
            at = tape.after(at)
        }
    }

    @inline(__always)
    private func scalar<Sink: FieldSink & ~Copyable>(
        at word: Int, field: Int, into sink: inout Sink
    ) throws(RecordError) {
        if let kind = wanted.kind(of: field) {
            try typed(kind, at: word, field: field, into: &sink)
            return
        }
        switch tape.kind(at: word) {
        case .string: sink.string(field, tape.string(at: word))
        case .int: sink.int(field, tape.int(at: word))
        case .uint: sink.uint(field, tape.uint(at: word))
        case .double: sink.double(field, tape.double(at: word))
        case .yes: sink.bool(field, true)
        case .no: sink.bool(field, false)
        case .null: sink.null(field)
        case .object, .array: break
        }
    }

    private func typed<Sink: FieldSink & ~Copyable>(
        _ kind: Schema.Kind, at word: Int, field: Int, into sink: inout Sink
    ) throws(RecordError) {
        switch (tape.kind(at: word), kind) {
        case (.null, _): sink.null(field)
        case (.string, .timestamp): sink.timestamp(field, try JSONText.timestamp(tape.string(at: word)))
        case (.string, .bytes):
            try JSONText.bytes(tape.string(at: word)).withUnsafeBytes { sink.bytes(field, $0) }
        default: throw JSONText.wrongType(kind)
        }
    }
}
