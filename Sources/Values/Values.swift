/// Module Values: what a record's fields are worth, and the bytes by which keys and index entries compare.
///
/// Everything here is a pure function of its input: no clock, no file, no randomness. `Value` is a decoded value;
/// `KeyEncoding` gives the bytes whose order is the order of values; `EntryExtractor` turns record bytes into index
/// entries without decoding the record; `EntryDigest` sums entries into something that two sides can compare.
public enum ValueLimits {
    /// How deep arrays and maps may nest.
    ///
    /// Deeper input is refused, so that no input can exhaust a thread's stack.
    public static let depthMax = 128

    /// How many entries one record may give a composite index (a cartesian product grows fast by mistake).
    public static let compositeEntriesMax = 1_024
}
