internal import LMDB
internal import Values

/// The commonest query carried out: the records with one value of a field that one ready index holds alone.
///
/// What `QueryPlanning` and `QueryExecution` would come to, without the plan, which costs several times as much as the
/// look-up itself. Nothing here is kept from one query to the next but what `SnapshotView` keeps.
struct ValueLookup {
    private let opened: OpenedTable
    private let index: OpenedIndex
    private let field: FieldPath
    private let condition: Condition
    /// The whole index key: the entries that begin with it are those of the value, one a record at the most.
    private let indexKey: [UInt8]

    /// Nil for every other query: it takes a plan.
    init?(
        _ query: Query, _ opened: OpenedTable, in store: Store, _ txn: borrowing ReadTransaction
    ) throws {
        guard opened.table.isPlain, query.order == nil, case .field(let field, let test)? = query.predicate,
            case .compare(.equal, let value) = test, let index = try opened.lone(over: field, in: store, txn),
            value != .null || index.indexesNulls
        else { return nil }
        var indexKey: [UInt8] = []
        indexKey.reserveCapacity(Self.usualKeyBytes)
        try KeyEncoding.appendComponent(value, to: &indexKey)
        // A longer one is cut in the index: others may begin alike.
        guard indexKey.count <= EntryLayout.indexKeyBytesMax else { return nil }
        self.opened = opened
        self.index = index
        self.field = field
        self.indexKey = indexKey
        condition = Condition(test)
    }

    /// Room for most keys from the start; longer ones move once or twice.
    private static let usualKeyBytes = 48

    /// Hands the records of the same query to `body`, in order; returns how many.
    func run(_ query: Query, in txn: borrowing ReadTransaction, _ body: QueryExecution.Body) throws -> Int {
        guard query.limit != 0 else { return 0 }
        var (skipped, delivered) = (0, 0)
        try txn.withCursor(in: index.entries) { cursor in
            var goesOn = try cursor.seek(atOrAfter: indexKey.span.bytes)
            while goesOn {
                goesOn = try cursor.withEntry { entry, _ in
                    guard entry.starts(with: indexKey.span.bytes) else { return false }
                    let keyPart = entry.extracting(indexKey.count..<entry.byteCount)
                    let isCut = keyPart.byteCount == EntryLayout.cutPrimaryKeyBytes
                    return try opened.withRecord(behind: keyPart, isCut: isCut, in: txn) { primaryKey, record in
                        guard try matches(primaryKey, record) else { return true }
                        guard skipped == query.offset else {
                            skipped += 1
                            return true
                        }
                        delivered += 1
                        return try deliver(primaryKey, record, query.select, body) && delivered != query.limit
                    }
                }
                if goesOn { goesOn = try cursor.next() }
            }
        }
        return delivered
    }

    private func deliver(
        _ primaryKey: RawSpan, _ record: RawSpan, _ select: [FieldPath], _ body: QueryExecution.Body
    ) throws -> Bool {
        try primaryKey.withUnsafeBytes { key in
            try record.withUnsafeBytes { value in
                // Named: the optimizer of Swift 6.3.1 stops the build over the same without a name.
                let row = QueryRow(key: key, value: value, format: .messagePack, select: select)
                return try body(row)
            }
        }
    }

    private func matches(_ primaryKey: RawSpan, _ record: RawSpan) throws -> Bool {
        do {
            return try record.withUnsafeBytes { try condition.matches(PackedValue($0), at: field) }
        } catch let error as RecordError {
            throw opened.unreadable(primaryKey, error)
        }
    }
}
