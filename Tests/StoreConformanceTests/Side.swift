import Backfill
import Values

/// A store under comparison: what an operation comes to, and all that can be seen afterwards.
protocol Side {
    /// What came of it, in the same words on both sides.
    mutating func perform(_ operation: Operation) throws -> String
    /// Everything that is stored, a line for each row, in the same words on both sides.
    func lines() throws -> [String]
}

extension Operation.Rows {
    /// The rows of a job that builds one index, named as this side names it.
    func writes(table: UInt64, index: JobIndex, epoch: Epoch, cut: Key) -> [LedgerWrite] {
        let moment = Instant(milliseconds: 1)
        let holder = Incarnation(
            host: "h", bootID: "b", pid: 1, startTicks: 1, startedAt: moment, nonce: Nonce(high: 0, low: 1))
        let row = JobRow(id: job, table: table, indexes: [index], openedAt: moment, recordsTotal: 0)
        let cuts: [Key?] = [nil, cut, nil]
        let ranges = (0..<2).map { place in
            let end = place == 0 && !isWhole ? Key(cut.bytes + [0]) : cuts[place + 1]
            var range = RangeRow(
                job: job, id: RangeID(place), interval: KeyInterval(start: cuts[place], end: end), records: 0)
            range.state = isScanned ? .scanned : .pending
            range.attempt = 1
            range.epoch = epoch
            range.owner = holder
            range.runs = [
                RunSummary(file: "r", bytes: 1, digest: EntryDigest(count: 1, low: 1, high: 0), checksum: 1)
            ]
            return range
        }
        var build = BuildRow(job: job, index: 0)
        build.stage = stage
        build.attempt = 1
        build.epoch = epoch
        build.digest = EntryDigest(count: 2, low: isDigestRight ? 2 : 3, high: 0)
        return [.job(row)] + ranges.map(LedgerWrite.range) + [.build(build)]
    }
}

/// One line for a job, without the names that differ between the sides.
func line(of image: JobImage) -> String {
    let ranges = image.ranges.map { "\($0.id) \($0.state.rawValue) attempt \($0.attempt) epoch \($0.epoch)" }
    let builds = image.builds.map { "\($0.stage.rawValue) owner \($0.owner?.nonce.low ?? 0)" }
    return "job \(image.row.id) \(image.row.state.rawValue), ranges \(ranges), builds \(builds)"
}

/// One line for what came of publishing.
func line(of outcome: PublishOutcome) -> String {
    switch outcome {
    case .published(let entries): "published \(entries)"
    case .deltaTooLarge(let rows): "delta too large: \(rows)"
    case .badRecords(let count): "bad records: \(count)"
    case .uniqueViolations(let count): "shared keys: \(count)"
    case .unproved(let doubts): "unproved: \(doubts.count)"
    case .paused: "paused"
    case .gone: "gone"
    case .failed, .failedForGood: "failed"
    }
}
