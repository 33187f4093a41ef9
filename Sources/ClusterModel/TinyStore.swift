internal import Backfill
internal import Values

/// An index entry of a tiny table: the record's value, then its key, in one number that sorts like them.
typealias TinyEntry = UInt8

/// What is durable, in a handful of bytes: records, one index with its delta, ledger, run files.
struct TinyStore: Hashable, Sendable {
    var records: [Record]
    var state = State.building
    /// What blocks the index.
    var reason: String?
    var entries: [TinyEntry] = []
    var delta: [Mark] = []
    /// Keys of open bad records.
    var badRecords: [UInt8] = []
    var epoch: Epoch = 0
    var nextJob: JobID = 1
    var jobs: [JobImage] = []
    var runs: [RunFile] = []
    /// Whether the index must hold exactly what its loader read back: since that was counted, until it is drained.
    var isAsLoaded = false

    struct Record: Hashable, Sendable {
        var key: UInt8
        var value: UInt8

        /// The one entry of the record; nil if no index can hold it.
        var entry: TinyEntry? { value == Scope.poisonValue ? nil : value << 3 | key }
    }

    enum State: Hashable, Sendable {
        case building
        case blocked
        case ready
    }

    /// A row of the delta.
    struct Mark: Hashable, Sendable {
        var entry: TinyEntry
        var isPresent: Bool
    }

    struct RunFile: Hashable, Sendable {
        var range: RangeID
        var attempt: Attempt
        var writer: Nonce
        var entries: [TinyEntry]

        var name: String { "r\(range)-a\(attempt)" }
    }

    init(_ scope: Scope) {
        records = (1...UInt8(scope.recordCount)).map {
            Record(key: $0, value: $0 == scope.poison ? Scope.poisonValue : 0)
        }
    }

    /// The entries that a complete index holds.
    var entriesWanted: [TinyEntry] { records.compactMap(\.entry).sorted() }

    /// Exact for up to fifteen of each entry: a counter of four bits for each of thirty-two.
    static func digest(of entries: [TinyEntry]) -> EntryDigest {
        var (low, high) = (UInt64(0), UInt64(0))
        for entry in entries {
            if entry < 16 { low += 1 << (4 * UInt64(entry)) } else { high += 1 << (4 * UInt64(entry - 16)) }
        }
        return EntryDigest(count: UInt64(entries.count), low: low, high: high)
    }

    // MARK: The application

    /// One transaction of the application: the record, and its entries as the index's state demands.
    mutating func write(_ write: Scope.Write, breaks: Set<Break>) {
        let (key, value): (UInt8, UInt8?) =
            switch write {
            case .put(let key, let value): (key, value)
            case .delete(let key): (key, nil)
            }
        let old = records.first { $0.key == key }?.entry
        records.removeAll { $0.key == key }
        let new = value.flatMap { Record(key: key, value: $0).entry }
        if let value {
            records.insert(
                Record(key: key, value: value), at: records.firstIndex { $0.key > key } ?? records.endIndex)
        }
        badRecords.removeAll { $0 == key }
        if state == .ready {
            if let old, old != new { remove(old) }
            if let new { insert(new) }
        } else {
            if let old, old != new, !breaks.contains(.forgetsTombstones) { mark(old, isPresent: false) }
            if let new { mark(new, isPresent: true) }
        }
    }

    private mutating func mark(_ entry: TinyEntry, isPresent: Bool) {
        delta.removeAll { $0.entry == entry }
        let place = delta.firstIndex { $0.entry > entry } ?? delta.endIndex
        delta.insert(Mark(entry: entry, isPresent: isPresent), at: place)
    }

    private mutating func insert(_ entry: TinyEntry) {
        guard !entries.contains(entry) else { return }
        entries.insert(entry, at: entries.firstIndex { $0 > entry } ?? entries.endIndex)
    }

    private mutating func remove(_ entry: TinyEntry) { entries.removeAll { $0 == entry } }

    // MARK: Loading and draining

    /// Applies up to `limit` rows of the delta, and says how many that were.
    mutating func drain(limit: Int) -> Int {
        let rows = delta.prefix(limit)
        for row in rows { if row.isPresent { insert(row.entry) } else { remove(row.entry) } }
        delta.removeFirst(rows.count)
        if !rows.isEmpty { isAsLoaded = false }
        return rows.count
    }

    mutating func empty() { entries = [] }

    /// Appends entries; false if one does not lie behind the last, which LMDB refuses.
    mutating func append(_ new: some Sequence<TinyEntry>) -> Bool {
        for entry in new {
            if let last = entries.last, entry <= last { return false }
            entries.append(entry)
        }
        return true
    }

    /// A run file, made durable. False if it replaces what somebody else wrote.
    mutating func store(_ run: RunFile) -> Bool {
        let other = runs.first { $0.range == run.range && $0.attempt == run.attempt }
        runs.removeAll { $0.range == run.range && $0.attempt == run.attempt }
        let place = runs.firstIndex { ($0.range, $0.attempt) > (run.range, run.attempt) } ?? runs.endIndex
        runs.insert(run, at: place)
        return other == nil || other?.writer == run.writer
    }

    /// The run that a range's row speaks of, if the file is there and whole.
    func run(of range: RangeRow) -> RunFile? {
        guard let summary = range.runs.first ?? nil else { return nil }
        return runs.first { $0.name == summary.file && TinyStore.digest(of: $0.entries) == summary.digest }
    }
}
