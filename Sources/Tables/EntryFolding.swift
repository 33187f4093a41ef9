public import LMDB
internal import Values

/// The entries of an index with the grouped layout: index keys as keys, numbers of primary keys as their duplicates.
///
/// Numbers are the first class of primary keys and no index key begins another, so that entries have the order of their
/// bytes, as in the plain layout. Entries of other primary keys stand behind the numbers, whole: any may come later.
struct EntryFolding: KeyFolding {
    /// Fields of the index.
    let components: Int

    var joint: UInt8 { KeyEncoding.Tag.number }

    func headLength(of bytes: RawSpan) -> Int? { EntryLayout.indexKeyLength(in: bytes, components: components) }

    var shortTails: ClosedRange<UInt64> { EntryLayout.shortNumbers }
}

extension Store {
    /// The database of a generation's entries, whatever its layout, as this transaction sees it.
    ///
    /// Throws `NO_SUCH_INDEX` for a generation that is not in the catalog, and `INCOMPATIBLE_VERSION` for a layout that
    /// this program does not know. Whether it knows the key rules is another question: `checkExtractor`.
    public func entries(
        of index: IndexRecord, generation number: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Database {
        try entries(of: index.id, generation: number, in: txn)
    }

    /// The same, by the index's id.
    public func entries(
        of index: UInt64, generation number: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Database {
        let current = try catalog(in: txn).index(id: index)
        guard let generation = current.generation(number) else {
            throw GaplessError(.noSuchIndex, "\(current.fullName) has no generation \(number)", index: current.fullName)
        }
        return try entries(of: current, generation, in: txn)
    }

    /// The same, where the rows were read in this transaction.
    func entries(
        of index: IndexRecord, _ generation: Generation, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Database {
        switch generation.layout {
        case nil: throw generation.incompatible(with: index)
        case .plain: return try txn.database(Store.indexDatabase(index: index.id, generation: generation.number))
        case .grouped:
            let name = Store.groupedDatabase(index: index.id, generation: generation.number)
            return try txn.database(name, folding: EntryFolding(components: index.fields.count))
        }
    }

    /// Gives a generation that has no entries yet the grouped layout, for good, in this one write transaction.
    ///
    /// Its database gets another name: programs keep what they know of one by its name. The empty one goes, so that a
    /// program that came before this layout finds nothing to append to. Changes nothing where the layout is grouped
    /// already, or entries stand in the plain one. The caller fences.
    public func group(_ index: IndexRecord, generation number: UInt32, in txn: borrowing WriteTransaction) throws {
        var index = try live(index, in: txn)
        guard let place = index.generations.firstIndex(where: { $0.number == number }) else {
            throw GaplessError(.noSuchIndex, "\(index.fullName) has no generation \(number)", index: index.fullName)
        }
        let generation = index.generations[place]
        guard generation.state.takesDelta, generation.layout == .plain else { return }
        let plain = try entries(of: index, generation, in: txn)
        guard try txn.statistics(of: plain).entries == 0 else { return }
        let name = Store.groupedDatabase(index: index.id, generation: number)
        guard try txn.databaseIfPresent(name) == nil else { throw Store.leftover(name) }
        _ = try txn.createDatabase(name, folding: EntryFolding(components: index.fields.count))
        try txn.drop(plain)
        index.generations[place].extractorVersion += IndexLayout.step
        try save(index, in: txn)
    }
}
