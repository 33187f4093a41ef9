public import LMDB

extension TableWriter {
    /// Stores all records of a batch, each as `put(key:record:)` does, in the order of their keys.
    ///
    /// The batch is sorted by it and may be put again when the body runs again. Throws `RecordBatchError` with the
    /// place of the record that was refused: `DUPLICATE_KEY` unless `replacing` (twice in the batch counts too),
    /// `BAD_RECORD`; let it out of the body, and nothing of the batch is kept.
    public mutating func put(
        _ batch: inout RecordBatch, replacing: Bool = true, in txn: borrowing WriteTransaction
    ) throws {
        batch.sort()
        let last = try lastKey(in: txn)
        var isBeyond = last == nil
        for (number, item) in batch.items.enumerated() {
            do {
                try batch.withRecord(item) { key, record in
                    if !isBeyond, let last { isBeyond = key.compare(last.span.bytes) > 0 }
                    let isRepeated =
                        number > 0 && batch.withRecord(batch.items[number - 1]) { before, _ in before.equals(key) }
                    let existence: Existence = isBeyond && !isRepeated ? .beyondLast : .unknown
                    try put(key: key, record: record, replacing: replacing, existence, in: txn)
                }
            } catch let error as GaplessError {
                throw RecordBatchError(place: item.place, cause: error)
            }
        }
    }

    /// The last key of the table; nil if it is empty.
    private mutating func lastKey(in txn: borrowing WriteTransaction) throws -> [UInt8]? {
        try txn.withCursor(in: recordsDatabase(in: txn)) { cursor in try cursor.last() ? cursor.key : nil }
    }
}
