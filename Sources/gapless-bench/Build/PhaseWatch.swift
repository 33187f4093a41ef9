import Backfill
import LMDB
import Ledger
import Tables
import Values

/// Watches a build from outside, by what stands in the environment, and notes when each phase was over.
///
/// The ledger says when the job was opened and each range was scanned, the catalog when an index was ready.
/// Between them nothing has a date: the end of the load is when the last index holds all entries of its runs, the end
/// of the check when no index is in a loader's hands any more, both as seen some milliseconds later.
struct PhaseWatch {
    /// Milliseconds between cheap looks, at the sizes of databases and the catalog.
    static let lookMillis: UInt64 = 10
    /// Cheap looks between looks at the ledger, which is JSON: the watcher must not take the time that it measures. (At
    /// 5 and 8 it took 2.5 % of two processors.)
    static let looksPerReading = 10

    private let store: Store
    private let ledger: Ledger
    private let indexes: [IndexRecord]
    private var image: JobImage?
    private var discoveredAt: Int64?
    private var loadedAt: Int64?
    private var checkedAt: Int64?

    init(_ store: Store, _ indexes: [IndexRecord]) {
        self.store = store
        self.indexes = indexes
        ledger = Ledger(store)
    }

    /// Waits until all indexes are ready; `look` is called every few milliseconds. Throws if one is blocked.
    @available(*, noasync)
    mutating func wait(_ look: () throws -> Void) throws -> Phases {
        var looks = 0
        while true {
            try look()
            if looks.isMultiple(of: Self.looksPerReading) { try readLedger() }
            looks += 1
            if loadedAt == nil, try isLoaded() { loadedAt = Stopwatch.epochMilliseconds() }
            if let readyAt = try readyAt() { return try phases(readyAt: readyAt) }
            Stopwatch.sleep(milliseconds: Self.lookMillis)
        }
    }

    private mutating func readLedger() throws {
        image = try ledger.latestImage(ofIndex: indexes[0].id)
        if discoveredAt == nil, image?.row.isDiscovered == true { discoveredAt = Stopwatch.epochMilliseconds() }
        guard checkedAt == nil, let image, loadedAt != nil else { return }
        let isChecked = image.builds.allSatisfy { ![.waiting, .loading].contains($0.stage) }
        if isChecked { checkedAt = Stopwatch.epochMilliseconds() }
    }

    /// Whether every range is scanned and every index holds as many entries as its runs.
    private func isLoaded() throws -> Bool {
        guard let image, Self.isScanned(image) else { return false }
        let indexes = indexes
        return try store.read { txn in
            try indexes.enumerated().allSatisfy { place, index in
                let entries = try store.entries(of: index, generation: index.lastGenerationNumber, in: txn)
                return try txn.statistics(of: entries).entries >= Self.entries(of: image, place)
            }
        }
    }

    private static func isScanned(_ image: JobImage) -> Bool {
        image.row.isDiscovered && image.ranges.allSatisfy { $0.state == .scanned }
    }

    private static func entries(of image: JobImage, _ place: Int) -> Int {
        image.ranges.reduce(0) { sum, range in
            sum + (range.runs.indices.contains(place) ? Int(range.runs[place]?.digest.count ?? 0) : 0)
        }
    }

    /// When the last of the indexes became ready, in milliseconds since 1970; nil if one is not.
    private func readyAt() throws -> Int64? {
        let records = try store.read { txn in
            let catalog = try store.catalog(in: txn)
            return try indexes.map { try catalog.index(id: $0.id) }
        }
        if let blocked = records.first(where: { $0.coming?.state == .blocked }) {
            let reason = blocked.coming?.blockedReason ?? "no reason"
            throw BenchFailure("\(blocked.fullName) is blocked: \(reason)")
        }
        let moments = records.compactMap { record in record.ready?.readyAt.flatMap { Timestamp(rfc3339: $0) } }
        guard moments.count == records.count, let last = moments.max() else { return nil }
        return last.seconds * 1_000 + Int64(last.nanoseconds / 1_000_000)
    }

    /// The ledger's image is read once more: a quick build may have gone through phases between two looks.
    private func phases(readyAt: Int64) throws -> Phases {
        guard let image = try ledger.latestImage(ofIndex: indexes[0].id) ?? image else {
            throw BenchFailure("\(indexes[0].fullName) is ready, and the ledger has no job of it")
        }
        let scans = image.ranges.flatMap(\.history).filter { $0.outcome == .scanned }
        guard let scanned = scans.map(\.at.milliseconds).max() else {
            throw BenchFailure("\(indexes[0].fullName) is ready, and the ledger has no range of it")
        }
        let opened = image.row.openedAt.milliseconds
        let loaded = min(max(loadedAt ?? readyAt, scanned), readyAt)
        let checked = min(max(checkedAt ?? readyAt, loaded), readyAt)
        let runs = image.ranges.flatMap(\.runs).compactMap { $0 }
        return Phases(
            entries: runs.reduce(0) { $0 + $1.digest.count }, ranges: image.ranges.count,
            runBytes: runs.reduce(0) { $0 + $1.bytes }, openedAt: opened,
            discoverSeconds: Self.seconds(opened, min(discoveredAt ?? scanned, scanned)),
            scanSeconds: Self.seconds(opened, scanned),
            loadSeconds: Self.seconds(scanned, loaded), checkSeconds: Self.seconds(loaded, checked),
            publishSeconds: Self.seconds(checked, readyAt), seconds: Self.seconds(opened, readyAt))
    }

    private static func seconds(_ start: Int64, _ end: Int64) -> Double { Double(end - start) / 1_000 }
}

/// How long the phases of a build took, and what went through them.
struct Phases {
    /// Entries of all indexes, as their runs hold them.
    let entries: UInt64
    let ranges: Int
    /// Bytes of all run files.
    let runBytes: UInt64
    /// When the coordinator opened the job, in milliseconds since 1970.
    let openedAt: Int64
    /// From the opening until the last range was found; scans go on beside it.
    let discoverSeconds: Double
    /// From the opening to the last range's runs.
    let scanSeconds: Double
    /// From there until the entries stand in the index.
    let loadSeconds: Double
    /// From there until they have been read back and compared.
    let checkSeconds: Double
    /// From there to ready: the delta applied, the proof.
    let publishSeconds: Double
    /// From the opening to ready.
    let seconds: Double
}
