/// Takes what a locator finds in one record, field by field: the seam between a format and the entries made from it.
///
/// A locator (`MessagePackFieldLocator`, `JSONFieldLocator`) walks the bytes of one record once, checks that they are
/// one well-formed value, and for each wanted field calls the sink with the field's ordinal in `WantedFields`:
/// - a scalar: one call;
/// - an array: one call for each scalar element, in order, as if each stood alone; nested arrays and maps inside: none;
/// - a map, an opaque value, or the field absent: no call.
///
/// All calls for one field follow each other. Pointers are valid during the call only. Strings are UTF-8 that the
/// locator has validated. For JSON the locator also does what the schema says (`View.kind(of:)`).
protocol FieldSink: ~Copyable {
    mutating func null(_ field: Int)
    mutating func bool(_ field: Int, _ value: Bool)
    mutating func int(_ field: Int, _ value: Int64)
    /// A whole number; above `Int64.max` nearly always, but any is right.
    mutating func uint(_ field: Int, _ value: UInt64)
    mutating func double(_ field: Int, _ value: Double)
    mutating func timestamp(_ field: Int, _ value: Timestamp)
    mutating func string(_ field: Int, _ utf8: UnsafeRawBufferPointer)
    mutating func bytes(_ field: Int, _ bytes: UnsafeRawBufferPointer)
}
