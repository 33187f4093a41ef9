internal import Values

/// What an index would be, found out by extracting its entries: nothing is written.
public struct IndexEstimate: Hashable, Sendable {
    /// A record that the index could not hold.
    public struct Bad: Hashable, Sendable, Codable {
        /// The primary key as text.
        public var record: String
        /// What is wrong with it.
        public var error: String
    }

    /// What was counted among the examined records.
    public struct Counts: Hashable, Sendable {
        /// Entries.
        public var entries = 0
        /// The bytes of those.
        public var entryBytes = 0
        /// The bytes that they take in pages of the index.
        public var nodeBytes = 0
        /// Entries whose index key is so long that it would be stored cut.
        public var cutKeys = 0
    }

    /// Bad records that are named; all are counted.
    public static let badRecordsShown = 10
    /// Entries that are kept, to measure what appending takes.
    public static let entriesKeptMax = 50_000
    /// LMDB's page and its header, in bytes.
    private static let pageBytes = 4_096
    private static let pageHeaderBytes = 16
    /// A node's header and its place in the page's table, in bytes; keys are rounded up to whole pairs.
    private static let nodeBytes = 10
    /// What a run spends on an entry besides its bytes, when nothing is shared with the entry before.
    private static let runEntryBytes = 4

    /// Records of the table.
    public var recordsTotal: Int
    /// Records that were looked at.
    public var recordsExamined = 0
    /// What they gave.
    public var counts = Counts()
    /// The most entries of one record.
    public var entriesPerRecordMax = 0
    /// Records without an entry: the field is absent, null is left out, or there is nothing in an array.
    public var recordsWithoutEntries = 0
    /// Records that the index could not hold.
    public var badRecords = 0
    /// The first of them.
    public var badExamples: [Bad] = []
    /// How long reading and extracting took, in nanoseconds.
    public var extractionNanoseconds: Int64 = 0
    /// Some of the entries, as they came.
    public var kept: [[UInt8]] = []

    init(recordsTotal: Int) { self.recordsTotal = recordsTotal }

    /// Whether every record was looked at.
    public var isWhole: Bool { recordsExamined >= recordsTotal }

    /// Entries of the whole table.
    public var entriesTotal: Int { scaled(counts.entries) }

    /// Bytes of the index once it is built: pages filled by appending, and the branches above them. What a loader
    /// groups comes out smaller.
    public var indexBytes: Int {
        guard counts.entries > 0 else { return Self.pageBytes }
        let perPage = max(2, (Self.pageBytes - Self.pageHeaderBytes) * counts.entries / counts.nodeBytes)
        let leaves = (entriesTotal + perPage - 1) / perPage
        return (leaves + leaves / perPage + 1) * Self.pageBytes
    }

    /// Bytes of the sorted runs, which are removed when the index is ready.
    public var runBytes: Int { scaled(counts.entryBytes) + entriesTotal * Self.runEntryBytes }

    /// How long reading and extracting everything would take on one thread, in seconds.
    public var extractionSeconds: Double {
        guard recordsExamined > 0 else { return 0 }
        return Double(extractionNanoseconds) / 1e9 * Double(recordsTotal) / Double(recordsExamined)
    }

    /// What was counted among the examined records, for all.
    private func scaled(_ count: Int) -> Int {
        guard !isWhole, recordsExamined > 0 else { return count }
        return Int((Double(count) * Double(recordsTotal) / Double(recordsExamined)).rounded())
    }

    mutating func takeBad(_ record: String, _ error: RecordError) {
        badRecords += 1
        guard badExamples.count < Self.badRecordsShown else { return }
        badExamples.append(Bad(record: record, error: error.description))
    }
}

extension IndexEstimate.Counts {
    mutating func take(_ entry: RawSpan, components: Int) {
        entries += 1
        entryBytes += entry.byteCount
        nodeBytes += IndexEstimate.bytesOfNode(entry.byteCount)
        // Only long entries can hold a cut key.
        guard entry.byteCount > EntryLayout.indexKeyBytesMax else { return }
        // What the extractor made can be split: there is no error to lose.
        let parts = try? EntryLayout.split(entry: entry, components: components)
        if parts?.isKeyCut ?? false { cutKeys += 1 }
    }
}

extension IndexEstimate {
    fileprivate static func bytesOfNode(_ keyBytes: Int) -> Int { nodeBytes + (keyBytes + 1) / 2 * 2 }
}
