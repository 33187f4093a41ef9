import LMDB
import Tables
import Values

/// The steps of a build, one call each, so that a test can put writes between any two.
final class BuildByHand {
    let store: Store
    let index: IndexRecord
    let generation: UInt32
    /// What the index gets when it is loaded.
    let layout: IndexLayout
    /// What scans found so far: what the runs of a real build hold.
    private(set) var scanned: Set<[UInt8]> = []

    init(_ store: Store, _ index: IndexRecord, generation: UInt32 = 1, layout: IndexLayout = .plain) {
        self.store = store
        self.index = index
        self.generation = generation
        self.layout = layout
    }

    /// Scans the records whose keys are in `start..<end` at one snapshot; nil is an open end.
    func scan(from start: [UInt8]? = nil, to end: [UInt8]? = nil) throws {
        let found = try store.read { txn in
            try entriesOfRecords(store, index, in: txn) { key in
                let isAfterStart = start.map { !key.lexicographicallyPrecedes($0) } ?? true
                return isAfterStart && (end.map(key.lexicographicallyPrecedes) ?? true)
            }
        }
        scanned.formUnion(found)
    }

    /// Appends everything scanned to the index, as a loader does.
    func load() throws {
        let sorted = scanned.sorted { $0.lexicographicallyPrecedes($1) }
        try store.write { txn in
            if layout == .grouped { try store.group(index, generation: generation, in: txn) }
            let entries = try store.entries(of: index, generation: generation, in: txn)
            for entry in sorted { try txn.put(entry, [], in: entries, .append) }
        }
    }

    /// One bounded step of the drain; the rows that are left.
    @discardableResult
    func drain(limit: Int = .max) throws -> Int {
        try store.write { try store.drain(index, generation: generation, limit: limit, in: $0).remaining }
    }

    @discardableResult
    func publish(limit: Int = 1_000_000) throws -> PublishOutcome {
        try store.write { try store.publish(index, generation: generation, limit: limit, in: $0) {} }
    }

    /// Everything without writers.
    func run() throws {
        try scan()
        try load()
        try drain()
        try publish()
    }
}

/// What the records call for, derived by an extractor of its own.
func entriesOfRecords(
    _ store: Store, _ index: IndexRecord, in txn: borrowing some ReadableTransaction & ~Copyable,
    where isWanted: ([UInt8]) -> Bool = { _ in true }
) throws -> Set<[UInt8]> {
    let table = try store.table(index.tableName, in: txn)
    let extractor = EntryExtractor(
        rules: [index.rule], format: table.format, schema: table.schema, rawKeys: table.rawKeys)
    var scratch = EntryExtractor.Scratch()
    var found: Set<[UInt8]> = []
    try txn.withCursor(in: store.records(of: table, in: txn)) { cursor in
        var more = try cursor.first()
        while more {
            try cursor.withEntry { key, value in
                guard isWanted(bytes(of: key)) else { return }
                found.formUnion(try entries(ofRecord: key, value, extractor, &scratch))
            }
            more = try cursor.next()
        }
    }
    return found
}

/// The entries of one record. A bad record has none; tests about bad records look at their list.
private func entries(
    ofRecord key: RawSpan, _ value: RawSpan, _ extractor: EntryExtractor, _ scratch: inout EntryExtractor.Scratch
) throws -> Set<[UInt8]> {
    var found: Set<[UInt8]> = []
    do {
        try extractor.extract(primaryKey: key, value: value, into: &scratch) { found.insert(bytes(of: $1)) }
    } catch is RecordError {
        return []
    }
    return found
}

func bytes(of span: RawSpan) -> [UInt8] { span.withUnsafeBytes { Array($0) } }

/// Everything a database holds, in order.
func keys(of name: String, in txn: borrowing some ReadableTransaction & ~Copyable) throws -> [[UInt8]] {
    try keys(of: txn.database(name), in: txn)
}

func keys(of database: Database, in txn: borrowing some ReadableTransaction & ~Copyable) throws -> [[UInt8]] {
    var keys: [[UInt8]] = []
    try txn.withCursor(in: database) { cursor in
        var more = try cursor.first()
        while more {
            keys.append(cursor.key)
            more = try cursor.next()
        }
    }
    return keys
}

extension Store {
    /// The entries of a generation's index.
    func entries(_ index: IndexRecord, generation: UInt32 = 1) throws -> Set<[UInt8]> {
        try read { txn in Set(try keys(of: entries(of: index, generation: generation, in: txn), in: txn)) }
    }

    /// The entries that the records call for.
    func wantedEntries(_ index: IndexRecord) throws -> Set<[UInt8]> {
        try read { try entriesOfRecords(self, index, in: $0) }
    }

    /// A generation's delta: entry -> whether it is marked present.
    func delta(_ index: IndexRecord, generation: UInt32 = 1) throws -> [[UInt8]: Bool] {
        let name = Store.deltaDatabase(index: index.id, generation: generation)
        return try read { txn in
            var rows: [[UInt8]: Bool] = [:]
            try txn.withCursor(in: txn.database(name)) { cursor in
                var more = try cursor.first()
                while more {
                    rows[cursor.key] = cursor.value == [1]
                    more = try cursor.next()
                }
            }
            return rows
        }
    }

    /// The entry that `people` record `id` has under one string in a single-field index.
    func entry(_ text: String, _ id: Int) throws -> [UInt8] {
        var entry: [UInt8] = []
        let (indexKey, primaryKey) = try (KeyEncoding.indexKey([.string(text)]), idKey(id))
        EntryLayout.appendEntry(indexKey: indexKey.span.bytes, primaryKey: primaryKey.span.bytes, to: &entry)
        return entry
    }
}
