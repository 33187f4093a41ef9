public import LMDB
internal import Values

/// What declaring an index came to; only an index whose state is `ready` answers queries.
public enum DeclareOutcome: Hashable, Sendable {
    /// It did not exist: its first generation is building.
    case created(IndexRecord)
    /// It existed with the same meaning: nothing was done.
    case exists(IndexRecord, state: IndexState)

    /// The index, new or not.
    public var index: IndexRecord {
        switch self {
        case .created(let index), .exists(let index, _): index
        }
    }
}

extension Store {
    /// Declares an index: row, empty databases and state `building` in this one transaction.
    ///
    /// The same meaning as an index that exists changes nothing. Throws `ALREADY_EXISTS` for the same name with another
    /// meaning and says what differs, `NO_SUCH_TABLE`, `BAD_DEFINITION`, `BAD_NAME`, `CORRUPT` (leftovers).
    public func declareIndex(
        on tableName: String, _ definition: IndexDefinition, reason: String = "created",
        in txn: borrowing WriteTransaction
    ) throws -> DeclareOutcome {
        try definition.check()
        let catalog = try catalog(in: txn)
        let table = try catalog.table(tableName)
        if let index = try existing(definition, of: table, catalog) { return .exists(index, state: index.state) }
        var index = IndexRecord(
            id: try nextID(in: txn), tableID: table.id, tableName: table.name, name: definition.effectiveName,
            fields: definition.fields, indexesNulls: definition.indexesNulls, isUnique: definition.isUnique,
            fingerprint: definition.fingerprint, createdAt: clock(), generations: [])
        if index.isUnique { _ = try txn.createDatabase(Store.sharedKeysDatabase) }
        try appendGeneration(to: &index, reason: reason, in: txn)
        try save(index, in: txn)
        return .created(index)
    }

    /// The index that a definition means, if it exists: by name, or by meaning when no name was asked for.
    private func existing(
        _ definition: IndexDefinition, of table: TableRecord, _ catalog: Catalog
    ) throws -> IndexRecord? {
        let indexes = catalog.indexes(of: table)
        if let index = indexes.first(where: { $0.name == definition.effectiveName }) {
            guard index.fingerprint == definition.fingerprint else {
                throw GaplessError(
                    .alreadyExists,
                    "\(index.fullName) exists with another meaning: \(definition.differences(from: index)); "
                        + "choose another --name, or drop it first",
                    index: index.fullName, state: index.state)
            }
            return index
        }
        guard definition.name == nil else { return nil }
        return indexes.first { $0.fingerprint == definition.fingerprint }
    }

    /// Declares the next build of an index beside the ready one; a build under way already is returned as it is.
    ///
    /// The reason is recorded: a rebuild never starts without one.
    @discardableResult
    public func declareRebuild(
        of index: IndexRecord, reason: String, in txn: borrowing WriteTransaction
    ) throws -> DeclareOutcome {
        var index = try live(index, in: txn)
        if let coming = index.coming { return .exists(index, state: coming.state) }
        try appendGeneration(to: &index, reason: reason, in: txn)
        try save(index, in: txn)
        return .created(index)
    }

    private func appendGeneration(
        to index: inout IndexRecord, reason: String, in txn: borrowing WriteTransaction
    ) throws {
        let number = index.lastGenerationNumber + 1
        try createFreshDatabase(Store.indexDatabase(index: index.id, generation: number), in: txn)
        try createFreshDatabase(Store.deltaDatabase(index: index.id, generation: number), in: txn)
        index.lastGenerationNumber = number
        index.generations.append(
            Generation(
                number: number, state: .building, builtBy: programVersion,
                extractorVersion: EntryExtractor.version, reason: reason, createdAt: clock(), hasDelta: true))
    }

    /// Gives up the coming generation: a rebuild leaves the ready one as it is, a first build ends in no index at all.
    public func cancelBuild(of index: IndexRecord, in txn: borrowing WriteTransaction) throws {
        var index = try live(index, in: txn)
        guard let coming = index.coming else {
            throw GaplessError(
                .wrongState, "nothing of \(index.fullName) is being built", index: index.fullName, state: index.state)
        }
        guard index.ready != nil else { return try drop(index, in: txn) }
        try index.setState(.dropping, of: coming.number)
        try save(index, in: txn)
    }

    /// Drops an index in whatever state: it is gone for everybody at once, `cleanDropped` frees its pages.
    ///
    /// Throws `NO_SUCH_INDEX`.
    public func dropIndex(_ fullName: String, in txn: borrowing WriteTransaction) throws {
        try drop(try catalog(in: txn).index(fullName), in: txn)
    }

    func drop(_ index: IndexRecord, in txn: borrowing WriteTransaction) throws {
        var index = index
        for generation in index.generations where generation.state != .dropping {
            try index.setState(.dropping, of: generation.number)
        }
        index.droppedAt = clock()
        try save(index, in: txn)
    }

    /// The row of an index as this transaction sees it; throws `NO_SUCH_INDEX` once it was dropped.
    public func live(
        _ index: IndexRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> IndexRecord {
        let current = try catalog(in: txn).index(id: index.id)
        guard current.droppedAt == nil else { throw GaplessError.noSuchIndex(index.fullName) }
        return current
    }
}
