internal import CLMDB

/// The keys of an `MDB_INTEGERKEY` database, which LMDB compares as native integers.
///
/// This module shows them with the most significant byte first: so keys of every database sort byte by byte, as
/// cursors promise, and a bound may be any bytes. Keys of 8 bytes only: LMDB wants all of a database to have one size,
/// and where they have not, nothing that it says of their order can be trusted.
enum IntegerKey {
    static let byteCount = MemoryLayout<UInt64>.size

    /// The number of a key as this module shows it; nil for bytes that are no such key.
    static func number(shown key: RawSpan) -> UInt64? {
        guard key.byteCount == byteCount else { return nil }
        return unsafe UInt64(bigEndian: key.unsafeLoadUnaligned(as: UInt64.self))
    }

    /// The least number whose shown key is `bound` or comes after it; nil if there is none.
    static func number(atOrAfter bound: RawSpan) -> UInt64? {
        var number: UInt64 = 0
        for place in 0..<byteCount {
            let byte = place < bound.byteCount ? unsafe bound.unsafeLoad(fromByteOffset: place, as: UInt8.self) : 0
            number = number << 8 | UInt64(byte)
        }
        guard bound.byteCount > byteCount else { return number }
        let (next, isOver) = number.addingReportingOverflow(1)
        return isOver ? nil : next
    }

    /// Calls `body` with the key as LMDB takes it; nil if `key` cannot be one of the database's.
    static func withStored<R>(_ key: RawSpan, _ isInteger: Bool, _ body: (inout MDB_val) throws -> R) rethrows -> R? {
        guard isInteger else { return try unsafe key.withUnsafeBytes { try unsafe withValue($0, body) } }
        guard let number = number(shown: key) else { return nil }
        return try unsafe withUnsafeBytes(of: number) { try unsafe withValue($0, body) }
    }

    private static func withValue<R>(
        _ buffer: UnsafeRawBufferPointer, _ body: (inout MDB_val) throws -> R
    ) rethrows -> R {
        var value = unsafe MDB_val(buffer)
        return try unsafe body(&value)
    }

    static func wrongSize(_ bytes: Int, call: String, _ database: String) -> LMDBError {
        LMDBError(
            code: .badIntegerKey, call: call,
            context: "a key of \(bytes) bytes in \(database), whose keys are integers of \(byteCount) (MDB_INTEGERKEY)")
    }
}
