/// The tables and indexes of an environment as one transaction sees them.
///
/// Immutable, and named by the stamp that was read in that transaction: two catalogs with one stamp are the same.
public final class Catalog: Sendable {
    /// 16 random bytes, new with every change of the catalog.
    public let stamp: [UInt8]
    /// The tables that exist, by name.
    public let tables: [TableRecord]
    /// The indexes that exist, by full name.
    public let indexes: [IndexRecord]
    /// Rows that wait to be cleaned away.
    let droppedTables: [TableRecord]
    let droppedIndexes: [IndexRecord]

    private let tablesByName: [String: CatalogTable]
    private let indexesByID: [UInt64: IndexRecord]
    private let indexesByTable: [UInt64: [IndexRecord]]

    init(stamp: [UInt8], tables: [TableRecord], indexes: [IndexRecord]) {
        self.stamp = stamp
        self.tables = tables.filter { $0.droppedAt == nil }.sorted { $0.name < $1.name }
        self.indexes = indexes.filter { $0.droppedAt == nil }.sorted { $0.fullName < $1.fullName }
        droppedTables = tables.filter { $0.droppedAt != nil }
        droppedIndexes = indexes.filter { $0.droppedAt != nil }
        let indexesByTable = Dictionary(grouping: self.indexes, by: \.tableID)
        self.indexesByTable = indexesByTable
        indexesByID = Dictionary(uniqueKeysWithValues: indexes.map { ($0.id, $0) })
        tablesByName = Dictionary(
            uniqueKeysWithValues: self.tables.map { ($0.name, CatalogTable($0, indexesByTable[$0.id] ?? [])) })
    }

    /// The table of this name; throws `NO_SUCH_TABLE`.
    public func table(_ name: String) throws -> TableRecord { try tableWithIndexes(name).record }

    /// The same, with its indexes.
    func tableWithIndexes(_ name: String) throws -> CatalogTable {
        guard let table = tablesByName[name] else { throw GaplessError.noSuchTable(name) }
        return table
    }

    /// The table of this name, if it exists.
    public func tableIfPresent(_ name: String) -> TableRecord? { tablesByName[name]?.record }

    /// The indexes of a table, by name.
    public func indexes(of table: TableRecord) -> [IndexRecord] { indexesByTable[table.id] ?? [] }

    /// The index of this full name (`people.email`); throws `NO_SUCH_TABLE`, `NO_SUCH_INDEX`, `BAD_NAME`.
    public func index(_ fullName: String) throws -> IndexRecord {
        let parts = fullName.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw GaplessError(
                .badName, "\"\(fullName)\" does not name an index: write TABLE.INDEX, as in people.email")
        }
        let table = try table(String(parts[0]))
        guard let index = indexes(of: table).first(where: { $0.name == parts[1] }) else {
            throw GaplessError.noSuchIndex(fullName)
        }
        return index
    }

    /// The index with this id, dropped or not; throws `NO_SUCH_INDEX`.
    public func index(id: UInt64) throws -> IndexRecord {
        guard let index = indexesByID[id] else { throw GaplessError.noSuchIndex("number \(id)") }
        return index
    }
}

extension GaplessError {
    static func noSuchTable(_ name: String) -> GaplessError {
        GaplessError(.noSuchTable, "there is no table \"\(name)\": see gapless table list")
    }

    static func noSuchIndex(_ name: String) -> GaplessError {
        GaplessError(.noSuchIndex, "there is no index \(name): see gapless index list", index: name)
    }
}
