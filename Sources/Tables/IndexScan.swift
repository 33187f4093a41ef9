internal import LMDB
internal import Values

/// One ready index under check: its entries, what its records call for, and what was found.
struct IndexScan: Sendable {
    /// How many findings of each kind are shown.
    static let examplesPerKind = 5

    let ready: ReadyIndex
    let extractor: EntryExtractor
    var found: IndexVerification
    /// The entries that the records call for, summed up.
    var wanted = EntryDigest.zero
    /// The entries that the index holds, summed up.
    var held = EntryDigest.zero
    /// Damaged entries, to be mended; at most `repairEntriesMax`.
    var damaged: [[UInt8]] = []
    /// Whether there was more damage than `damaged` could take.
    var isTruncated = false

    var components: Int { ready.index.fields.count }
    var differs: Bool { wanted != held }

    init(_ ready: ReadyIndex, of table: TableRecord) {
        self.ready = ready
        extractor = table.extractor([ready.index.rule])
        found = IndexVerification(index: ready.index.fullName)
    }

    /// Counts a damaged entry, keeps it for repair, and shows it if it is among the first of its kind.
    mutating func note(_ kind: DamageKind, entry: RawSpan, record: String, keeping repairEntriesMax: Int) {
        switch kind {
        case .missing: found.missing += 1
        case .dangling: found.dangling += 1
        case .stale: found.stale += 1
        case .badRecord: found.badRecords += 1
        case .shared: found.shared += 1
        }
        if damaged.count < repairEntriesMax { damaged.append(entry.copied) } else { isTruncated = true }
        show(kind, record: record, key: ValueText.display(entry: entry, components: components))
    }

    /// Forgets what was found.
    mutating func clear() {
        (found, wanted, held) = (IndexVerification(index: found.index), .zero, .zero)
        (damaged, isTruncated) = ([], false)
    }

    /// The same index with nothing found.
    func cleared() -> IndexScan {
        var scan = self
        scan.clear()
        return scan
    }

    /// Adds what another part of the check found, which comes behind this one.
    mutating func absorb(_ part: IndexScan, keeping repairEntriesMax: Int) {
        wanted = wanted + part.wanted
        held = held + part.held
        found.records += part.found.records
        found.entries += part.found.entries
        found.missing += part.found.missing
        found.dangling += part.found.dangling
        found.stale += part.found.stale
        found.badRecords += part.found.badRecords
        found.waived += part.found.waived
        found.shared += part.found.shared
        for example in part.found.examples { show(example.kind, record: example.record, key: example.key) }
        let room = max(repairEntriesMax - damaged.count, 0)
        isTruncated = isTruncated || part.isTruncated || part.damaged.count > room
        damaged += part.damaged.prefix(room)
    }

    /// Counts a record whose key in a unique index the record before has too. Which one is right, nobody here knows.
    mutating func noteShared(_ entry: RawSpan, record: String) {
        found.shared += 1
        show(.shared, record: record, key: ValueText.display(entry: entry, components: components))
    }

    mutating func noteBad(_ error: RecordError, record: String) {
        found.badRecords += 1
        show(.badRecord, record: record, key: error.description)
    }

    private mutating func show(_ kind: DamageKind, record: String, key: String) {
        guard found.examples.count(where: { $0.kind == kind }) < Self.examplesPerKind else { return }
        found.examples.append(DamageExample(kind: kind, record: record, key: key))
    }
}
