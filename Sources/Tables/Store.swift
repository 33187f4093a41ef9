public import LMDB
internal import Synchronization

/// One LMDB environment opened as a Gapless database.
///
/// Any thread may use it. Transactions belong to their thread and block it: never call `read` or `write` from Swift
/// concurrency's own threads. Errors of LMDB come through as `LMDBError`; `GaplessError(wrapping:)` turns them into
/// what a user sees.
public final class Store: Sendable {
    /// The folder of the environment.
    public let directory: String
    /// The environment beneath, for callers with databases of their own in it.
    public let environment: Environment
    /// 32 hexadecimal digits, chosen when the environment was made: two folders with one id are copies.
    public let environmentID: String
    /// The version of the program, stamped on what it builds.
    public let programVersion: String
    /// Versions whose indexes are suspect.
    public let faultyVersions: [FaultyVersion]

    let clock: @Sendable () -> String
    private let cachedCatalog = Mutex<Catalog?>(nil)
    private let catalogEdits = Atomic<Int>(0)

    init(
        directory: String, environment: Environment, environmentID: String, programVersion: String,
        faultyVersions: [FaultyVersion], clock: @escaping @Sendable () -> String
    ) {
        self.directory = directory
        self.environment = environment
        self.environmentID = environmentID
        self.programVersion = programVersion
        self.faultyVersions = faultyVersions
        self.clock = clock
    }

    /// Runs `body` in a read transaction of this thread; it may run more than once and must be pure.
    @available(*, noasync)
    public func read<R>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        try environment.read(body)
    }

    /// Runs `body` in a write transaction of this thread and commits it, or aborts it when `body` throws.
    ///
    /// It may run more than once (a map that grew, a database opened for the first time) and must be pure.
    @available(*, noasync)
    public func write<R>(_ body: (borrowing WriteTransaction) throws -> R) throws -> R {
        try environment.write(body)
    }

    /// The catalog as this transaction sees it: parsed only if its stamp is not the one parsed last.
    public func catalog(in txn: borrowing some ReadableTransaction & ~Copyable) throws -> Catalog {
        try view(in: txn).catalog
    }

    /// What this transaction sees of the catalog.
    func view(in txn: borrowing some ReadableTransaction & ~Copyable) throws -> SnapshotView {
        try txn.kept(by: self) { SnapshotView(try readCatalog(in: txn)) }
    }

    private func readCatalog(in txn: borrowing some ReadableTransaction & ~Copyable) throws -> Catalog {
        let database = try txn.database(CatalogStorage.database)
        let cached = cachedCatalog.withLock { $0 }
        if let cached, try stampMatches(cached.stamp, in: database, txn) { return cached }
        guard let stamp = try txn.value(of: CatalogStorage.stampKey, in: database) else {
            throw GaplessError(.corrupt, "the catalog of \(directory) has no stamp")
        }
        let catalog = try CatalogStorage.load(stamp: stamp, from: database, in: txn)
        cachedCatalog.withLock { $0 = catalog }
        return catalog
    }

    private func stampMatches(
        _ stamp: [UInt8], in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Bool {
        let key = CatalogStorage.stampKey
        return try txn.withValue(of: key.span.bytes, in: database) { $0.equals(stamp.span.bytes) } ?? false
    }

    /// How often this process changed the catalog: what was resolved at another number must be resolved again.
    var catalogEditCount: Int { catalogEdits.load(ordering: .acquiring) }

    /// Makes writers that resolved their table earlier in this transaction resolve it again.
    func noteEdit() { catalogEdits.add(1, ordering: .acquiringAndReleasing) }

    /// Writes a catalog row, or removes it if `row` is nil, and gives the catalog a new stamp.
    func setCatalogRow(_ key: [UInt8], _ row: (some Encodable)?, in txn: borrowing WriteTransaction) throws {
        let database = try txn.database(CatalogStorage.database)
        noteEdit()
        if let row {
            try txn.put(key, CatalogStorage.encode(row), in: database)
        } else {
            _ = try txn.delete(key, in: database)
        }
        try txn.put(CatalogStorage.stampKey, CatalogStorage.randomBytes(CatalogStorage.stampBytes), in: database)
    }

    /// An id that no table or index of this environment ever had.
    func nextID(in txn: borrowing WriteTransaction) throws -> UInt64 {
        let database = try txn.database(CatalogStorage.database)
        let text = try txn.value(of: CatalogStorage.nextIDKey, in: database).map { String(decoding: $0, as: UTF8.self) }
        guard let id = UInt64(text ?? "1") else {
            throw GaplessError(.corrupt, "the catalog of \(directory) holds no readable next id")
        }
        try txn.put(CatalogStorage.nextIDKey, Array(String(id + 1).utf8), in: database)
        return id
    }

    func save(_ table: TableRecord, in txn: borrowing WriteTransaction) throws {
        try setCatalogRow(CatalogStorage.key(CatalogStorage.tablePrefix, table.id), table, in: txn)
    }

    func save(_ index: IndexRecord, in txn: borrowing WriteTransaction) throws {
        try setCatalogRow(CatalogStorage.key(CatalogStorage.indexPrefix, index.id), index, in: txn)
    }
}
