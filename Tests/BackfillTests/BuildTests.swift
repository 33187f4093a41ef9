// Goal: a build goes from declaration to the proof, whatever the number of ranges, records, workers and restarts.
// Method: the hand-cranked world; every check reads stored rows.

import Backfill
import Testing

@Suite("A build, from declaration to proof")
struct BuildTests {
    @Test(
        "P7: tables of 0, 1 and many records are covered from -infinity to +infinity",
        arguments: [0, 1, 3, 4, 5, 8, 255])
    func tilesEveryTable(records: Int) {
        var world = World(keys: (0..<records).map { UInt8($0) })
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.hire(2)
        world.workAll()
        #expect(world.isReady)
        #expect(Proof.tilingDoubts(world.job.ranges).isEmpty)
        #expect(world.job.recordsScanned == UInt64(records))
        #expect(world.job.row.state == .done)
    }

    @Test(
        "a very large table has larger ranges, up to a bound, instead of more and more of them",
        arguments: [(0, 4), (1_024, 4), (1_280, 5), (100_000_000, 390_625), (1_000_000_000, 524_288)])
    func rangesOfLargeTables(records: UInt64, recordsPerRange: Int) {
        var world = World(keys: [1, 2, 3], recordsPerRange: 4)
        world.demands[0].records = records
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.settle()
        #expect(world.recordsAskedFor == recordsPerRange)
    }

    @Test("W8: every index of a job has its own proof", arguments: 1...8)
    func jobsOfSeveralIndexes(indexes: Int) {
        var world = World(keys: Array(0..<20), indexes: indexes)
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.workAll()
        #expect(world.published.sorted() == Array(0..<indexes))
    }

    @Test("W8: one index that cannot be loaded is blocked by name; the others become ready")
    func oneOfThreeFails() {
        var world = World(keys: Array(0..<20), indexes: 3)
        world.apply(.catalog(world.demands))
        world.hire(1)
        for _ in 0..<200 {
            guard case .working(let grant) = world.workers[1]?.work else {
                world.now = world.now.advanced(byMilliseconds: 200)
                world.apply(.tick)
                world.tell(1, .tick)
                world.settle()
                continue
            }
            if case .load(1) = grant.lease.item {
                let failure = WorkFailure(lease: grant.lease, kind: .permanent, message: "the put failed")
                world.tell(1, .finished(.failed(failure)))
                world.settle()
            } else {
                world.work(1)
            }
        }
        #expect(world.published.sorted() == [0, 2])
        #expect(world.ledger.blocked[2]?.contains("the put failed") == true)
    }

    @Test("a worker that starts before the coordinator is known once it introduces itself")
    func heartbeatOfUnknownWorker() {
        var world = World(keys: Array(0..<10))
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.restartCoordinator()
        world.now = world.now.advanced(byMilliseconds: 300)
        world.tell(1, .tick)
        world.settle()
        #expect(world.coordinator.workers.map(\.standing) == [.serving])
    }

    @Test("P5: a coordinator that restarts scans nothing twice")
    func resumes() {
        var world = World(keys: Array(0..<40))
        world.apply(.catalog(world.demands))
        world.hire(1)
        var scans = 0
        for step in 0..<400 where !world.isReady {
            if case .working(let grant) = world.workers[1]?.work, case .scan = grant.lease.item { scans += 1 }
            world.work(1)
            if step.isMultiple(of: 3) {
                world.restartCoordinator()
                world.tell(1, .connected)
                world.settle()
            }
        }
        #expect(world.isReady)
        #expect(scans == world.job.ranges.count)
        #expect(world.job.ranges.allSatisfy { $0.attempt == 1 })
    }

    @Test("P5: a result that was counted by a coordinator which died before it said so keeps its files")
    func countedButNotSettled() {
        var world = World(keys: Array(0..<16))
        world.apply(.catalog(world.demands))
        world.hire(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.tell(1, .finished(world.result(of: grant)))
        #expect(world.ledger.ranges[1]?[0]?.state == .scanned)
        // The settlement is lost with the coordinator.
        world.restartCoordinator()
        world.tell(1, .connected)
        world.settle()
        world.workAll()
        #expect(world.isReady)
        #expect(world.discarded.isEmpty)
        #expect(world.job.ranges.allSatisfy { $0.attempt == 1 })
    }

    @Test("a cut hands back what is not done, and nothing durable is done again")
    func cut() {
        var world = World(keys: Array(0..<8), recordsPerRange: 8)
        world.apply(.catalog(world.demands))
        world.hire(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.tell(1, .stop)
        world.tell(1, .finished(world.result(of: grant, until: Key([3]))))
        world.settle()
        #expect(world.workers[1] == nil)
        #expect(
            world.job.ranges.map(\.interval) == [
                KeyInterval(start: nil, end: Key([3])), KeyInterval(start: Key([3]), end: nil),
            ])
        #expect(world.job.ranges.map(\.state) == [.scanned, .pending])
        world.hire(2)
        world.workAll()
        #expect(world.isReady)
        #expect(world.job.recordsScanned == 8)
    }

    @Test("a dropped index is cancelled and its lease revoked; the rest of the job completes")
    func dropOneOfTwo() {
        var world = World(keys: Array(0..<20), indexes: 2)
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.demands.removeLast()
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
        #expect(world.published == [0])
        #expect(world.job.builds.map(\.stage) == [.published, .cancelled])
    }

    @Test("an index that the catalog shows as ready before its outcome is told stays published")
    func outcomeAfterCatalog() {
        var world = World(keys: Array(0..<4))
        world.apply(.catalog(world.demands))
        world.hire(1)
        while case .working(let grant) = world.workers[1]?.work, grant.lease.item != .drain(index: 0) { world.work(1) }
        guard case .working(let drain) = world.workers[1]?.work else {
            Issue.record("no drain")
            return
        }
        world.tell(1, .finished(world.result(of: drain)))
        guard case .publish(let job, _, _, let place)? = world.requests.first else {
            Issue.record("publishing was not asked for")
            return
        }
        let outcome = world.tryProof(job: job, place: place)
        world.apply(.catalog([]))
        world.apply(.publish(job: job, place: place, outcome))
        #expect(world.job.builds[0].stage == .published)
        #expect(world.ledger.builds[1]?[0]?.stage == .published)
        #expect(world.job.row.state == .done)
    }

    @Test("a paused index is left alone, and goes on when resumed")
    func pause() {
        var world = World(keys: Array(0..<20))
        world.apply(.catalog(world.demands))
        let building = world.demands[0]
        world.demands[0].state = .paused
        world.apply(.catalog(world.demands))
        world.hire(1)
        #expect(world.workers[1]?.holding == nil)
        world.demands[0] = building
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
        #expect(world.isReady)
    }
}
