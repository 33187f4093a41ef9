import Backfill
import Coordinator
import Ledger
import Tables

/// How far the build of an index is: the `job` of `index show`.
struct JobSummary: Encodable {
    struct Ranges: Encodable {
        let pending: Int
        let leased: Int
        let scanned: Int
        let failed: Int
    }

    let id: String
    let phase: IndexProgress.Phase
    let progress: Double
    let etaSeconds: Int?
    let recordsScanned: UInt64
    let recordsTotal: UInt64
    let entriesLoaded: UInt64
    let ranges: Ranges
    let recordsPerSecond: Double
    let retries: UInt64

    /// The newest job of an index: from the running coordinator if it works on it, else from the ledger.
    ///
    /// Nil if none was ever opened, as for an index that waits for a coordinator.
    static func latest(of index: IndexRecord, ledger: Ledger, live: LiveStatus?) throws -> JobSummary? {
        guard let image = try ledger.latestImage(ofIndex: index.id) else { return nil }
        guard let place = image.row.indexes.firstIndex(where: { $0.index == index.id }) else { return nil }
        if let build = live?.builds.first(where: { $0.index == image.row.indexes[place] }) {
            return JobSummary(build, retries: image.row.retries)
        }
        return JobSummary(image, place: place)
    }

    private init(_ build: LiveStatus.Build, retries: UInt64) {
        self.init(
            id: build.job, build.progress, etaSeconds: build.etaSeconds,
            ranges: Ranges(
                pending: build.ranges[0], leased: build.ranges[1], scanned: build.ranges[2], failed: build.ranges[3]),
            recordsPerSecond: build.recordsPerSecond, retries: retries)
    }

    private init(_ image: JobImage, place: Int) {
        let counts = image.counts
        self.init(
            id: image.row.id, IndexProgress(of: image, place: place, heartbeats: []), etaSeconds: nil,
            ranges: Ranges(
                pending: counts.pending, leased: counts.leased, scanned: counts.scanned, failed: counts.failed),
            recordsPerSecond: 0, retries: image.row.retries)
    }

    private init(
        id: JobID, _ progress: IndexProgress, etaSeconds: Int?, ranges: Ranges, recordsPerSecond: Double,
        retries: UInt64
    ) {
        self.id = "\(id)"
        phase = progress.phase
        self.progress = (progress.progress * 1_000).rounded() / 1_000
        self.etaSeconds = etaSeconds
        recordsScanned = progress.recordsScanned
        recordsTotal = progress.recordsTotal
        entriesLoaded = progress.entriesLoaded
        self.ranges = ranges
        self.recordsPerSecond = recordsPerSecond.rounded()
        self.retries = retries
    }

    /// `scan 42 %, 5s left, 800,000/s, 1,200,000 of 5,000,000 records`: what matters most first, since a narrow
    /// terminal cuts the end.
    var text: String {
        var parts = ["\(phase.rawValue) \(Int(progress * 100)) %"]
        if let etaSeconds { parts.append("\(Duration.seconds(etaSeconds).inWords) left") }
        if recordsPerSecond >= 1, phase == .scan { parts.append("\(UInt64(recordsPerSecond).grouped)/s") }
        parts.append("\(recordsScanned.grouped) of \(recordsTotal.grouped) records")
        if phase != .scan { parts.append("\(entriesLoaded.grouped) entries loaded") }
        if retries > 0 { parts.append("\(retries.grouped) retries") }
        return parts.joined(separator: ", ")
    }
}
