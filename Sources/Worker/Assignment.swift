internal import Backfill
internal import LMDB
internal import Ledger
internal import Tables
internal import Values

/// What a grant means in this environment: the table and the indexes as the catalog has them.
struct Assignment {
    let grant: Grant
    let table: TableRecord
    /// In the job's order; nil for an index that has been dropped.
    let indexes: [IndexRecord?]

    /// Looks the grant up in the catalog. Throws ``WorkError`` (incompatible) if the coordinator means other indexes.
    init(_ grant: Grant, in store: Store) throws {
        self.grant = grant
        (table, indexes) = try store.read { txn in
            let catalog = try store.catalog(in: txn)
            guard let table = catalog.tables.first(where: { $0.id == grant.table }) else {
                throw WorkError(kind: .released, message: "table \(grant.table) was dropped")
            }
            return (table, try grant.indexes.map { try Assignment.record($0, in: catalog) })
        }
    }

    private static func record(_ wanted: JobIndex, in catalog: Catalog) throws -> IndexRecord? {
        guard let record = catalog.indexes.first(where: { $0.id == wanted.index }) else { return nil }
        guard record.fingerprint == wanted.fingerprint else {
            throw WorkError(
                kind: .incompatible,
                message: "index \(record.fullName) means \(record.fingerprint) here and \(wanted.fingerprint) to the "
                    + "coordinator: restart both with the same version")
        }
        return record
    }

    /// The rules of the indexes that still exist, and their places in the job.
    var rules: [(place: Int, rule: IndexRule)] {
        indexes.enumerated().compactMap { place, record in record.map { (place, $0.rule) } }
    }

    func extractor(_ rules: [IndexRule]) -> EntryExtractor {
        table.extractor(rules)
    }
}
