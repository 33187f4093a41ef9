internal import LMDB
internal import Values

/// What one transaction sees of the catalog, with the databases that its queries have opened so far.
///
/// It is kept with a read transaction and goes with it (`ReadableTransaction.kept`): a snapshot never changes, and the
/// next one reads the states of indexes for itself. A write transaction gets another one each time. Used by the thread
/// of the transaction only.
final class SnapshotView {
    let catalog: Catalog
    /// Few: looked through one by one.
    @exclusivity(unchecked) private var opened: [OpenedTable] = []

    init(_ catalog: Catalog) { self.catalog = catalog }

    /// A table with the database of its records; throws `NO_SUCH_TABLE`, and what `Store.records` throws.
    func table(
        _ name: String, in store: Store, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> OpenedTable {
        for table in opened where table.record.name == name { return table }
        let table = try catalog.tableWithIndexes(name)
        let new = OpenedTable(table, records: try store.records(of: table.record, in: txn))
        opened.append(new)
        return new
    }
}

/// A table of a snapshot, with the databases of its records and of those indexes that were asked for.
final class OpenedTable {
    let table: CatalogTable
    let records: Database
    /// One place for each of the table's `lone` indexes.
    @exclusivity(unchecked) private var indexes: [OpenedIndex?]

    var record: TableRecord { table.record }

    init(_ table: CatalogTable, records: Database) {
        self.table = table
        self.records = records
        indexes = Array(repeating: nil, count: table.lone.count)
    }

    /// The ready index that alone is over this field, with its entries; nil if there is none.
    func lone(
        over path: FieldPath, in store: Store, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> OpenedIndex? {
        for place in table.lone.indices where table.lone[place].field == path {
            if let known = indexes[place] { return known }
            let use = table.lone[place].use
            let opened = OpenedIndex(use, entries: try store.entries(of: use.index, use.generation, in: txn))
            indexes[place] = opened
            return opened
        }
        return nil
    }
}

/// A ready index of a snapshot, with the database of its entries.
final class OpenedIndex {
    let use: IndexUse
    let entries: Database
    let indexesNulls: Bool

    init(_ use: IndexUse, entries: Database) {
        self.use = use
        self.entries = entries
        indexesNulls = use.index.indexesNulls
    }
}
