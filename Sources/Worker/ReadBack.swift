internal import Backfill
internal import Faults
internal import LMDB
internal import Runtime
internal import Tables
internal import Values

/// Reads an index back, in short read transactions: count and multiset hash of what stands in it, and of a unique index
/// every key that more than one record has.
///
/// A loader appends only behind the last entry, so what has been read stays as it was read, and reading may begin while
/// the load still goes on.
struct ReadBack {
    /// Entries read between looks at the clock.
    static let entriesPerLook = 4_096

    let store: Store
    let index: JobIndex
    let control: WorkControl
    /// How long a read transaction lives, in microseconds.
    var chunkMicroseconds = ScanWork.chunkMicroseconds
    /// Entries read between looks at the clock.
    var entriesPerLook = ReadBack.entriesPerLook
    /// Looks for keys that several records have; nil for an index that is not unique.
    var sharedKeys: SharedKeyFinder?
    /// Told of such keys between two read transactions.
    var onSharedKeys: ([[UInt8]]) throws -> Void = { _ in }

    /// What has been read so far sums up to this.
    private(set) var digest = EntryDigest.zero
    /// The last entry read.
    private(set) var last: [UInt8]?

    /// What one read transaction found.
    struct Chunk {
        var digest = EntryDigest.zero
        /// The last entry read; that before the chunk if it had none.
        var last: [UInt8]?
        /// Whether its snapshot ended behind the last entry.
        var isEnd = true
        /// As the chunk leaves it.
        var finder: SharedKeyFinder?
    }

    init(
        store: Store, index: JobIndex, control: WorkControl, chunkMicroseconds: Int64 = ScanWork.chunkMicroseconds,
        entriesPerLook: Int = ReadBack.entriesPerLook
    ) {
        self.store = store
        self.index = index
        self.control = control
        self.chunkMicroseconds = chunkMicroseconds
        self.entriesPerLook = entriesPerLook
    }

    /// Reads the whole index.
    mutating func run() throws -> EntryDigest {
        while try readOn() {}
        return digest
    }

    /// Reads the next chunk; false if it reached the end of its snapshot.
    mutating func readOn() throws -> Bool {
        try control.check()
        if control.order == .cut { throw WorkError(kind: .released, message: "cut while reading back") }
        let chunk = try Retrying(control: control).run { try read(after: last, sharedKeys) }
        digest = digest + chunk.digest
        last = chunk.last
        sharedKeys = chunk.finder
        if let keys = sharedKeys?.takeFound(), !keys.isEmpty { try onSharedKeys(keys) }
        return !chunk.isEnd
    }

    /// Reads one chunk.
    ///
    /// The finder comes and goes by value: a chunk that is read again begins with what the one before it left.
    func read(after start: [UInt8]?, _ before: SharedKeyFinder?) throws -> Chunk {
        try Faults.point(.readBack)
        return try store.read { txn in
            var chunk = Chunk(last: start, finder: before)
            let deadline = ShellClock.microseconds() + chunkMicroseconds
            try txn.withCursor(in: store.entries(of: index, in: txn), readingAhead: true) { cursor in
                var isThere = try start.map { try cursor.seek(atOrAfter: $0) } ?? cursor.first()
                if isThere, let start, cursor.key == start { isThere = try cursor.next() }
                while isThere {
                    try cursor.withEntry { entry, _ in
                        chunk.digest.add(entry: entry)
                        try chunk.finder?.take(entry)
                    }
                    let isLook = chunk.digest.count.isMultiple(of: UInt64(entriesPerLook))
                    if isLook { store.environment.writerGate.yieldToWriters() }
                    if isLook, ShellClock.microseconds() >= deadline {
                        chunk.last = cursor.key
                        chunk.isEnd = false
                        return
                    }
                    isThere = try cursor.next()
                }
                if chunk.digest.count > 0, try cursor.last() { chunk.last = cursor.key }
            }
            return chunk
        }
    }
}
