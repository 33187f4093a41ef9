internal import Backfill
internal import Runs
internal import Runtime
internal import Tables
internal import Values

/// The entries gathered from one range, an arena for each index, and the records that could not be indexed.
///
/// One thread at a time.
final class Harvest {
    /// What became of a record.
    enum Taken {
        case taken
        /// It lies behind the end of the range.
        case beyond
        /// Its entries do not fit any more.
        case overflow
    }

    /// What changes with each record.
    struct Tally {
        var records: UInt64 = 0
        var entries: UInt64 = 0
        var latestKeyBytes = 0
    }

    /// Room that is kept in every arena for one more record with the most entries that a composite index may have.
    private static let headroomBytes = ValueLimits.compositeEntriesMax * (EntryLayout.entryBytesMax + 16)

    private(set) var badRecords: [Backfill.BadRecord] = []

    private let extractor: EntryExtractor
    /// For each rule, the index's place in the job.
    private let places: [Int]
    // In memory of their own: accesses to properties of a class are checked at run time, here for each record.
    private let arenas: UnsafeMutableBufferPointer<EntryArena>
    private let scratch: UnsafeMutablePointer<EntryExtractor.Scratch>
    private let tally: UnsafeMutablePointer<Tally>
    /// The key of the latest record.
    private let latestKey: UnsafeMutableRawBufferPointer
    private var snapshotMin: UInt64?
    private var snapshotMax: UInt64 = 0

    init(_ assignment: Assignment, memoryBytes: Int, from shelf: ArenaShelf? = nil) {
        let rules = assignment.rules
        extractor = assignment.extractor(rules.map(\.rule))
        places = rules.map(\.place)
        let each = max(memoryBytes / max(rules.count, 1), 2 * Harvest.headroomBytes)
        arenas = .allocate(capacity: rules.count)
        for place in arenas.indices {
            arenas.initializeElement(at: place, to: EntryArena(memoryBytesMax: each, from: shelf))
        }
        scratch = .allocate(capacity: 1)
        scratch.initialize(to: EntryExtractor.Scratch())
        tally = .allocate(capacity: 1)
        tally.initialize(to: Tally())
        latestKey = .allocate(byteCount: EntryLayout.primaryKeyBytesMax, alignment: 1)
    }

    deinit {
        arenas.deinitialize()
        arenas.deallocate()
        scratch.deinitialize(count: 1)
        scratch.deallocate()
        tally.deallocate()
        latestKey.deallocate()
    }

    var records: UInt64 { tally.pointee.records }
    var entries: UInt64 { tally.pointee.entries }

    /// The key of the latest record that was taken; nil before the first.
    var lastKey: [UInt8]? {
        records > 0 ? Array(UnsafeRawBufferPointer(rebasing: latestKey[..<tally.pointee.latestKeyBytes])) : nil
    }

    var snapshots: ClosedRange<UInt64> { (snapshotMin ?? snapshotMax)...snapshotMax }

    func note(snapshot: UInt64) {
        snapshotMin = min(snapshotMin ?? snapshot, snapshot)
        snapshotMax = max(snapshotMax, snapshot)
    }

    /// Whether another bad record might not be listed: every one must be, since the index is healed record by record.
    var isListFull: Bool { badRecords.count + places.count > ScanResult.badRecordsMax }

    /// Whether another record might not fit.
    var isFull: Bool {
        arenas.indices.contains { rule in
            arenas[rule].entryBytes + arenas[rule].count * 16 + Harvest.headroomBytes > arenas[rule].memoryBytesMax
        }
    }

    /// Extracts a record's entries for all indexes; one that is bad for one index has its entries in the others.
    func take(_ key: RawSpan, _ value: RawSpan) throws -> Taken {
        var emitted = 0
        var isOverflowing = false
        // Records come in the order of their keys, and so do the ends of their entries, unless they hold a hash of it.
        let tail = key.byteCount <= EntryLayout.wholePrimaryKeyBytesMax ? key.byteCount : 0
        do {
            try extractor.extract(primaryKey: key, value: value, into: &scratch.pointee) { rule, entry in
                if arenas[rule].append(entry, tail: tail) { emitted += 1 } else { isOverflowing = true }
            }
        } catch is RecordError {
            // All or nothing: the extractor emits nothing of a record that it refuses.
            guard emitted == 0, !isOverflowing else {
                throw GaplessError(.defect, "the extractor refused a record after emitting \(emitted) of its entries")
            }
            try takeRuleByRule(key, value, emitted: &emitted, isOverflowing: &isOverflowing)
        }
        if isOverflowing { return .overflow }
        tally.pointee.records &+= 1
        tally.pointee.entries &+= UInt64(emitted)
        key.withUnsafeBytes { latestKey.copyMemory(from: $0) }
        tally.pointee.latestKeyBytes = key.byteCount
        return .taken
    }

    /// A record with a fault: each index by itself, so that the others lose nothing.
    private func takeRuleByRule(
        _ key: RawSpan, _ value: RawSpan, emitted: inout Int, isOverflowing: inout Bool
    ) throws {
        let bytes = key.withUnsafeBytes { Array($0) }
        try extractor.extractRuleByRule(primaryKey: key, value: value, into: &scratch.pointee) { rule, entry in
            if arenas[rule].append(entry) { emitted += 1 } else { isOverflowing = true }
        } refuse: { rule, error in
            badRecords.append(Backfill.BadRecord(index: places[rule], primaryKey: Key(bytes), error: error.description))
        }
    }

    /// Sorts an index's entries and writes them as a durable run; nil if the index was dropped. `look` is called from
    /// time to time.
    func write(
        place: Int, to path: String, _ identity: RunIdentity, _ times: WorkTimes,
        lookingUp look: @escaping () -> Void, reportingTo report: @escaping @Sendable (RunError) -> Void
    ) throws -> RunSummary? {
        guard let rule = places.firstIndex(of: place) else { return nil }
        times.measure(.sort) { _ = arenas[rule].sort(lookingUp: look) }
        let began = ShellClock.microseconds()
        var writer = try RunWriter(path: path, identity: identity, reportingTo: report)
        try writer.append(sorted: arenas[rule], lookingUp: look)
        let written = times.add(.write, since: began)
        let summary = try writer.finish(recordsSeen: records, snapshotTransactions: snapshots)
        times.add(.sync, since: written)
        return summary
    }
}

extension RawSpan {
    func precedes(_ other: RawSpan) -> Bool {
        withUnsafeBytes { mine in other.withUnsafeBytes { mine.lexicographicallyPrecedes($0) } }
    }

    /// Whether these bytes come before `other` in the order of keys.
    func precedes(_ other: [UInt8]) -> Bool {
        withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                let common = min(mine.count, theirs.count)
                for place in 0..<common where mine[place] != theirs[place] { return mine[place] < theirs[place] }
                return mine.count < theirs.count
            }
        }
    }
}
