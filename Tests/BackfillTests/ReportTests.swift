// Goal: a report counts only for what it is: by the holder, of the lease, whole, in the environment. Method: reports
// with one thing wrong each, in the hand-cranked world. Each test was written because a mutant survived without it.

import Backfill
import Testing
import Values

@Suite("Reports")
struct ReportTests {
    private func begun(_ workers: Int32..., indexes: Int = 1) -> World {
        var world = World(keys: Array(0..<16), indexes: indexes)
        world.apply(.catalog(world.demands))
        for worker in workers { world.hire(worker) }
        return world
    }

    private func envelope(from pid: UInt64, _ message: WorkerMessage) -> WorkerEnvelope {
        WorkerEnvelope(sender: Nonce(high: 0, low: pid), epoch: 1, message: message)
    }

    @Test("O1, O3: a result under another worker's lease counts for nothing, though both are known")
    func anothersLease() throws {
        var world = begun(1, 2)
        let grant = try #require(world.started[2])
        world.apply(.message(envelope(from: 1, world.result(of: grant))))
        #expect(world.job.counts.scanned == 0)
        #expect(world.toWorkers.contains { $0.0 == 1 && $0.1.message == .settled(grant.lease, .stale) })
        world.apply(.message(envelope(from: 2, world.result(of: grant))))
        #expect(world.job.counts.scanned == 1)
    }

    @Test("O4, P1: a report that begins at another key than its lease is refused, and the range is done again")
    func otherStart() throws {
        var world = begun(1)
        let grant = try #require(world.started[1])
        for start in [UInt8(0), 1, 2] {
            var result = world.scan(grant)
            result.interval.start = Key([start])
            world.apply(.message(envelope(from: 1, .scanned(result))))
            #expect(world.job.counts.scanned == 0)
        }
        #expect(Proof.tilingDoubts(world.job.ranges).filter { $0 == .noRanges }.isEmpty)
    }

    @Test("S1, P1: a report that lists fewer bad records than it met is refused")
    func unlistedBadRecords() throws {
        var world = begun(1)
        var result = world.scan(try #require(world.started[1]))
        result.badRecordsCount = 1
        world.apply(.message(envelope(from: 1, .scanned(result))))
        #expect(world.job.counts.scanned == 0)
    }

    @Test("S1, S6: bad records are stored with the range that they were found in, each under its index")
    func badRecordsAreStored() throws {
        var world = begun(1, indexes: 2)
        var result = world.scan(try #require(world.started[1]))
        result.badRecords = [
            BadRecord(index: 1, primaryKey: Key([2]), error: "not UTF-8"),
            BadRecord(index: 0, primaryKey: Key([3]), error: "not a map"),
        ]
        result.badRecordsCount = 2
        world.apply(.message(envelope(from: 1, .scanned(result))))
        #expect(world.job.counts.scanned == 1)
        #expect(world.ledger.badRecords.map(\.primaryKey) == [Key([3]), Key([2])])
    }

    @Test("O1: a worker that has another environment open gets no work, and is told why")
    func otherEnvironment() {
        var world = begun()
        let stranger = Incarnation(
            host: "host", bootID: "boot", pid: 5, startTicks: 1, startedAt: world.now, nonce: Nonce(high: 0, low: 5))
        let hello = Hello(
            protocolVersion: BuildProtocol.version, program: "test", extractorVersion: 1, incarnation: stranger,
            environment: Nonce(high: 8, low: 8), holding: nil)
        world.workers[5] = WorkerSession(identity: hello)
        world.tell(5, .connected)
        world.settle()
        #expect(world.started.isEmpty)
        #expect(world.workers[5]?.holding == nil)
        guard case .refused(let refusal) = world.workers[5]?.standing else {
            Issue.record("the worker was not refused")
            return
        }
        #expect(refusal.reason == .environment)
    }

    /// Two indexes, the first drained, the second's load about to find a damaged run.
    private func worldWithLoads(publishing outcome: PublishOutcome) throws -> (World, load: Grant) {
        var world = World(keys: Array(0..<16), indexes: 2, recordsPerRange: 16)
        world.apply(.catalog(world.demands))
        world.publishOutcome = outcome
        world.hire(1)
        while case .working(let grant) = world.workers[1]?.work, grant.lease.item != .load(index: 1) { world.work(1) }
        guard case .working(let load) = world.workers[1]?.work else {
            throw Missing(what: "the load of the second index")
        }
        return (world, load)
    }

    private struct Missing: Error {
        var what: String
    }

    private func damage(_ load: Grant, in world: inout World) {
        let failure = WorkFailure(lease: load.lease, kind: .runDamaged(range: 0), message: "checksum")
        world.tell(1, .finished(.failed(failure)))
        world.settle()
    }

    /// What kept both indexes from being published is gone: they are asked for again, and everything is done.
    private func heal(_ world: inout World) {
        world.publishOutcome = nil
        for place in 0..<2 { world.demands[place].state = .blocked(badRecords: 0) }
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
    }

    @Test("W8: a range that is scanned again in two parts leaves the proof of an index that is loaded as it was")
    func rescanInParts() throws {
        var (world, load) = try worldWithLoads(publishing: .badRecords(1))
        damage(load, in: &world)
        guard case .working(let scan) = world.workers[1]?.work, scan.lease.item == .scan(range: 0) else {
            throw Missing(what: "the scan of the damaged range")
        }
        world.tell(1, .finished(world.result(of: scan, until: Key([5]))))
        world.settle()
        world.workAll()
        #expect(world.job.ranges.count == 2)
        heal(&world)
        #expect(world.isReady, "\(world.ledger.blocked)")
    }

    @Test("W8: a range that is scanned again after records changed leaves the proof of a loaded index as it was")
    func rescanSeesMore() throws {
        var (world, load) = try worldWithLoads(publishing: .badRecords(1))
        // Written meanwhile: the delta has it, the runs that the first index was loaded from do not.
        world.keys.append(40)
        damage(load, in: &world)
        world.workAll()
        heal(&world)
        #expect(world.isReady, "\(world.ledger.blocked)")
    }

    @Test("S7, W8: an index that was published and then dropped has no run of a later scan, and blocks no other index")
    func droppedAfterPublishing() throws {
        var (world, load) = try worldWithLoads(publishing: .published(entries: 16))
        #expect(world.job.builds[0].stage == .published)
        world.publishOutcome = nil
        world.droppedPlaces = [0]
        world.demands.removeFirst()
        world.apply(.catalog(world.demands))
        damage(load, in: &world)
        world.workAll()
        #expect(world.job.ranges.allSatisfy { $0.state == .scanned && $0.failures == 0 })
        #expect(world.job.builds[1].stage == .published, "\(world.ledger.blocked)")
    }

    @Test("R2, L7: while a range is scanned again no index is tried: the wait cannot use up its tries")
    func notTriedMeanwhile() throws {
        var (world, load) = try worldWithLoads(publishing: .failed("busy"))
        damage(load, in: &world)
        #expect(world.job.ranges[0].state == .leased)
        world.requests = []
        for _ in 0..<20 {
            world.now = world.now.advanced(byMilliseconds: 1_000)
            world.tell(1, .tick)
            world.apply(.tick)
        }
        #expect(!world.requests.contains { if case .publish = $0 { true } else { false } })
        world.publishOutcome = nil
        world.settle()
        for _ in 0..<10 {
            world.workAll()
            world.now = world.now.advanced(byMilliseconds: 1_000)
            world.tell(1, .tick)
            world.apply(.tick)
            world.settle()
        }
        #expect(world.isReady, "\(world.ledger.blocked)")
    }
}
