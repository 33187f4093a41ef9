// Goal: progress only moves forward, and the time to go that its units give is right for a steady build. Method: builds
// whose parts take what the measured costs say, looked at from their beginning to their end.

import Testing
import Values

@testable import Backfill

@Suite("Progress")
struct ProgressTests {
    /// A build that runs as steadily as can be: nanoseconds of a worker for a record, of the loader for an entry.
    private struct Model {
        var records = 10_000_000
        var workers = 2
        var indexes = 1
        var recordNanos = 390.0
        var entryNanos = 160.0

        var scanSeconds: Double { Double(records) * recordNanos / Double(workers) / 1e9 }
        var loadSeconds: Double { Double(records) * entryNanos / 1e9 }
        var seconds: Double { scanSeconds + loadSeconds * Double(indexes) }

        /// The job and the heartbeats at a moment.
        func state(at time: Double) -> (JobImage, [Heartbeat]) {
            let names = (0..<indexes).map { JobIndex(index: UInt64($0), generation: 1, fingerprint: "f") }
            var row = JobRow(
                id: 1, table: 1, indexes: names, openedAt: Instant(milliseconds: 0), recordsTotal: UInt64(records))
            row.isDiscovered = true
            let ranges = 100
            let done = min(time / scanSeconds, 1) * Double(ranges)
            var heartbeats: [Heartbeat] = []
            var rows: [RangeRow] = []
            for place in 0..<ranges {
                let each = UInt64(records / ranges)
                var range = RangeRow(job: 1, id: RangeID(place), interval: .everything, records: each)
                if Double(place + 1) <= done {
                    range.state = .scanned
                    let run = RunSummary(
                        file: "", bytes: 0, digest: EntryDigest(count: each, low: 0, high: 0), checksum: 0)
                    range.runs = Array(repeating: run, count: indexes)
                } else if Double(place) < done {
                    let part = UInt64((done - Double(place)) * Double(each))
                    heartbeats.append(beat(.scan(range: RangeID(place)), records: part, entries: part))
                }
                rows.append(range)
            }
            let builds = (0..<indexes).map { place in
                var build = BuildRow(job: 1, index: place)
                let begun = (time - scanSeconds) / loadSeconds - Double(place)
                if begun >= 1 {
                    build.stage = .loaded
                } else if begun > 0 {
                    build.stage = .loading
                    heartbeats.append(beat(.load(index: place), entries: UInt64(begun * Double(records))))
                }
                return build
            }
            return (JobImage(row: row, ranges: rows, builds: builds), heartbeats)
        }

        private func beat(_ item: WorkItem, records: UInt64 = 0, entries: UInt64) -> Heartbeat {
            let lease = Lease(job: 1, item: item, attempt: 1, epoch: 1)
            return Heartbeat(
                lease: lease, isLeaving: false, position: nil, records: records, entries: entries, retries: 0)
        }

        func progress(at time: Double, _ costs: WorkCosts) -> IndexProgress {
            let (job, heartbeats) = state(at: time)
            return IndexProgress(of: job, place: indexes - 1, heartbeats: heartbeats, costs: costs)
        }
    }

    private func expectRight(_ model: Model, _ costs: WorkCosts) {
        var latest = 0.0
        for percent in 10..<100 {
            let time = model.seconds * Double(percent) / 100
            let (before, now) = (model.progress(at: time * 0.9, costs), model.progress(at: time, costs))
            #expect(now.progress >= latest)
            latest = now.progress
            let rate = (now.unitsDone - before.unitsDone) / (time * 0.1)
            let end = time + (now.unitsTotal - now.unitsDone) / rate
            #expect(abs(end / model.seconds - 1) < 0.15, "\(percent) %: \(end) s instead of \(model.seconds) s")
        }
        #expect(latest > 0.95)
    }

    @Test("the time to go is within 15 % after a tenth, for any number of workers and indexes", arguments: [1, 2, 4, 8])
    func unpaced(workers: Int) {
        for indexes in 1...3 {
            let model = Model(
                workers: workers, indexes: indexes, recordNanos: 290 + 100 * Double(indexes), entryNanos: 160)
            expectRight(model, WorkCosts(scanningWorkers: workers))
        }
    }

    @Test("under a pace a record and an entry take the same time")
    func paced() {
        expectRight(
            Model(records: 1_000_000, workers: 4, recordNanos: 4_000, entryNanos: 1_000),
            WorkCosts(scanningWorkers: 4, isPaced: true))
    }
}
