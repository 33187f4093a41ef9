internal import LMDB
internal import Values

/// What writing records of one table needs, as one write transaction sees it: databases, indexes, extractor.
///
/// Resolved once a transaction, and again when this process changes the catalog within it.
final class TableResolution {
    /// An index that writes of records must keep up: the place in the array is its rule's number in the extractor.
    struct Maintained: Sendable {
        let index: IndexRecord
        /// The entries of the ready generation, kept exact.
        let ready: Database?
        /// The delta of the generation that is building, paused or blocked.
        let delta: Database?
        /// The entries of that generation as far as they have been loaded, for a unique index without a ready one.
        let loaded: Database?
        /// The generations that may list bad records.
        let generations: [UInt32]
    }

    /// The transaction that this was resolved in; ids of transactions come again after one was undone, this does not.
    private let transaction: TransactionScope
    private let edits: Int
    let table: TableRecord
    let records: Database
    let maintained: [Maintained]
    let extractor: EntryExtractor
    /// Whether some index of the table is unique.
    let hasUnique: Bool
    /// Whether some index of the table lists bad records, which a write may heal.
    let hasBadRecords: Bool

    init(of tableName: String, in store: Store, _ txn: borrowing WriteTransaction) throws {
        let edits = store.catalogEditCount
        let catalog = try store.catalog(in: txn)
        let table = try catalog.table(tableName)
        var maintained: [Maintained] = []
        var hasBadRecords = false
        for index in catalog.indexes(of: table) {
            let item = try Self.maintain(index, store, txn)
            maintained.append(item)
            for generation in item.generations where !hasBadRecords {
                hasBadRecords = try store.hasBadRecords(index, generation: generation, in: txn)
            }
        }
        transaction = txn.scope
        self.edits = edits
        self.table = table
        records = try store.records(of: table, in: txn)
        self.maintained = maintained
        extractor = table.extractor(maintained.map(\.index.rule))
        self.hasBadRecords = hasBadRecords
        hasUnique = maintained.contains { $0.index.isUnique }
    }

    /// Whether this is still what `txn` sees.
    func isCurrent(in store: Store, _ txn: borrowing WriteTransaction) -> Bool {
        transaction === txn.scope && edits == store.catalogEditCount
    }

    private static func maintain(
        _ index: IndexRecord, _ store: Store, _ txn: borrowing WriteTransaction
    ) throws -> Maintained {
        let (ready, coming) = (index.ready, index.coming)
        for generation in [ready, coming] { try generation?.checkExtractor(of: index) }
        // Whoever knows the ready generation knows all keys: only a first build has to be asked while it is under way.
        let first = index.isUnique && ready == nil ? coming : nil
        return Maintained(
            index: index,
            ready: try ready.map { try store.entries(of: index, $0, in: txn) },
            delta: try coming.map { try txn.database(Store.deltaDatabase(index: index.id, generation: $0.number)) },
            loaded: try first.map { try store.entries(of: index, $0, in: txn) },
            generations: [ready, coming].compactMap { $0?.number })
    }

    /// An extractor for one index alone, for records that the others cannot index.
    func extractor(of rule: Int) -> EntryExtractor {
        table.extractor([maintained[rule].index.rule])
    }
}

extension Generation {
    /// Throws `INCOMPATIBLE_VERSION` if this program would derive other entries than the one that built it.
    func checkExtractor(of index: IndexRecord) throws {
        guard keyRules != EntryExtractor.version else { return }
        throw incompatible(with: index)
    }

    func incompatible(with index: IndexRecord) -> GaplessError {
        GaplessError(
            .incompatibleVersion,
            "generation \(number) of \(index.fullName) was built by gapless \(builtBy) with key rules "
                + "\(extractorVersion), this program has rules \(EntryExtractor.version): use that version, or drop "
                + "the index and create it again",
            index: index.fullName, state: state)
    }
}
