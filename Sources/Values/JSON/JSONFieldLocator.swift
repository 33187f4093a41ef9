/// Finds the wanted fields of one JSON record. (Until the JSON half of the module lands, it refuses every record.)
///
/// One of these lives in each scratch and is used by one thread at a time. Making one is cheap: a parser and its
/// buffers are allocated on first use and kept.
struct JSONFieldLocator: ~Copyable, Sendable {
    /// Walks `record`, checks all of it, and hands the wanted fields to `sink`.
    mutating func locate<Sink: FieldSink & ~Copyable>(
        _ wanted: WantedFields.View, in record: UnsafeRawBufferPointer, into sink: inout Sink
    ) throws(RecordError) {
        throw RecordError(.malformed, "JSON records are not supported yet")
    }
}
