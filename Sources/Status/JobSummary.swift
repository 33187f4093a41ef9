package import Backfill
package import Coordinator
package import Ledger
package import Tables

/// How far the build of an index is: the `job` of `index show`.
package struct JobSummary: Encodable {
    package struct Ranges: Encodable {
        package let pending: Int
        package let leased: Int
        package let scanned: Int
        package let failed: Int

        /// Each state with its count.
        package var byState: [(state: String, count: Int)] {
            [("pending", pending), ("leased", leased), ("scanned", scanned), ("failed", failed)]
        }
    }

    package let id: String
    package let phase: IndexProgress.Phase
    package let progress: Double
    package let etaSeconds: Int?
    package let recordsScanned: UInt64
    package let recordsTotal: UInt64
    package let entriesLoaded: UInt64
    package let ranges: Ranges
    package let recordsPerSecond: Double
    package let retries: UInt64

    private enum Key: String, CodingKey {
        case id, phase, progress, etaSeconds, recordsScanned, recordsTotal, entriesLoaded, ranges, recordsPerSecond
        case retries
    }

    /// A field that has no value is null, and there.
    package func encode(to encoder: any Encoder) throws {
        var cells = encoder.container(keyedBy: Key.self)
        try cells.encode(id, forKey: .id)
        try cells.encode(phase, forKey: .phase)
        try cells.encode(progress, forKey: .progress)
        try cells.encode(etaSeconds, forKey: .etaSeconds)
        try cells.encode(recordsScanned, forKey: .recordsScanned)
        try cells.encode(recordsTotal, forKey: .recordsTotal)
        try cells.encode(entriesLoaded, forKey: .entriesLoaded)
        try cells.encode(ranges, forKey: .ranges)
        try cells.encode(recordsPerSecond, forKey: .recordsPerSecond)
        try cells.encode(retries, forKey: .retries)
    }

    /// The newest job of an index: from the running coordinator if it works on it, else from the ledger.
    ///
    /// Nil if none was ever opened, as for an index that waits for a coordinator.
    package static func latest(of index: IndexRecord, ledger: Ledger, live: LiveStatus?) throws -> JobSummary? {
        guard let image = try ledger.latestImage(ofIndex: index.id) else { return nil }
        guard let place = image.row.indexes.firstIndex(where: { $0.index == index.id }) else { return nil }
        // The job of the generation before says nothing about a rebuild that nobody has taken up yet.
        if let coming = index.coming, image.row.indexes[place].generation != UInt64(coming.number) { return nil }
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
}
