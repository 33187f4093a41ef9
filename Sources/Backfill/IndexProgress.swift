internal import Values

/// How far one index of a job is, counted from what is stored and from the latest heartbeats.
public struct IndexProgress: Hashable, Sendable, Codable {
    /// What is being done for it.
    public enum Phase: String, Hashable, Sendable, Codable {
        /// The table is scanned.
        case scan
        /// Runs are merged and appended.
        case load
        /// What was appended is read back.
        case check
        /// The delta is applied.
        case drain
        /// The proof is tried.
        case publish
    }

    /// What is being done for it.
    public var phase: Phase
    /// 0...1; never 1 before it is published.
    public var progress: Double
    /// Records scanned.
    public var recordsScanned: UInt64
    /// Records of the table when the job was opened, or as many as were found if those are more.
    public var recordsTotal: UInt64
    /// Entries appended to the index.
    public var entriesLoaded: UInt64
    /// Units of work that are done and that are needed, for rates: each takes about the time of one scanned record.
    public var unitsDone: Double
    /// Units of work that are needed until this index is ready.
    public var unitsTotal: Double

    /// The progress of the index at `place`.
    ///
    /// - Parameters:
    ///   - job: the job as stored.
    ///   - place: the index's place in it.
    ///   - heartbeats: the latest of each worker, by what it works on.
    ///   - costs: what loading costs beside scanning.
    public init(of job: JobImage, place: Int, heartbeats: [Heartbeat], costs: WorkCosts = WorkCosts()) {
        let scanned = job.ranges.filter { $0.state == .scanned }
        let inFlight = heartbeats.reduce(UInt64(0)) { sum, beat in
            guard case .scan? = beat.lease?.item, beat.lease?.job == job.row.id else { return sum }
            return sum + beat.records
        }
        recordsScanned = scanned.reduce(inFlight) { $0 + $1.records }
        recordsTotal = max(job.row.recordsTotal, recordsScanned)
        phase = .scan
        entriesLoaded = 0
        unitsDone = Double(recordsScanned)
        unitsTotal = Double(recordsTotal)
        for build in job.builds.prefix(place + 1) where build.stage != .cancelled {
            let entries = IndexProgress.entries(ofIndex: build.index, in: scanned, recordsTotal: recordsTotal)
            let loaded = IndexProgress.loaded(build, entries, heartbeats)
            let weight = costs.unitsPerEntry(indexes: job.builds.count)
            unitsDone += loaded * weight
            unitsTotal += entries * weight
            if build.index == place {
                entriesLoaded = UInt64(min(loaded, entries))
                phase = IndexProgress.phase(
                    of: build, isScanned: job.row.isDiscovered && scanned.count == job.ranges.count, loaded: loaded,
                    entries: entries)
            }
        }
        let isReady = job.builds.indices.contains(place) && job.builds[place].stage == .published
        progress = isReady ? 1 : min(unitsTotal > 0 ? unitsDone / unitsTotal : 0, 0.999)
    }

    /// How many entries an index will have, judged from the ranges that are scanned.
    private static func entries(ofIndex place: Int, in scanned: [RangeRow], recordsTotal: UInt64) -> Double {
        var entries: UInt64 = 0
        var records: UInt64 = 0
        for range in scanned where range.runs.indices.contains(place) {
            entries += range.runs[place]?.digest.count ?? 0
            records += range.records
        }
        guard records > 0 else { return Double(recordsTotal) }
        return Double(entries) / Double(records) * Double(recordsTotal)
    }

    /// Entries that were loaded into an index. They are read back meanwhile, which takes no time of its own.
    private static func loaded(_ build: BuildRow, _ entries: Double, _ heartbeats: [Heartbeat]) -> Double {
        switch build.stage {
        case .loaded, .draining, .drained, .published: return entries
        case .loading:
            let beat = heartbeats.first { $0.lease?.job == build.job && $0.lease?.item == .load(index: build.index) }
            return min(Double(beat?.entries ?? 0), entries)
        case .waiting, .blocked, .cancelled:
            return build.digest == nil ? 0 : entries
        }
    }

    private static func phase(of build: BuildRow, isScanned: Bool, loaded: Double, entries: Double) -> Phase {
        switch build.stage {
        case .waiting: isScanned ? .load : .scan
        case .loading: loaded >= entries && entries > 0 ? .check : .load
        case .loaded, .draining: .drain
        case .drained, .published: .publish
        case .blocked, .cancelled: build.digest != nil ? .publish : isScanned ? .load : .scan
        }
    }
}

extension Job {
    /// The job's stored rows.
    public var image: JobImage { JobImage(row: row, ranges: ranges, builds: builds) }
}

extension JobImage {
    /// How many ranges are in each state.
    public var counts: RangeCounts {
        var counts = RangeCounts()
        for range in ranges { counts[range.state] += 1 }
        return counts
    }
}
