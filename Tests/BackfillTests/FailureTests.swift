// Goal: no failure is taken for success, and every one ends in ready or in a named blocked state.
// Method: failures injected at each kind of work in the hand-cranked world.

import Backfill
import Testing
import Values

@Suite("Failures of work")
struct FailureTests {
    /// Runs until quiet, with a worker whose scans of ranges that hold `poison` fail.
    private func run(_ world: inout World, poison: UInt8, kind: WorkFailure.Kind, times: Int) -> Int {
        var failures = 0
        for _ in 0..<2_000 {
            guard case .working(let grant) = world.workers[1]?.work else {
                if world.isReady || !world.ledger.blocked.isEmpty { break }
                world.now = world.now.advanced(byMilliseconds: 500)
                world.tell(1, .tick)
                world.apply(.tick)
                world.settle()
                continue
            }
            if case .scan = grant.lease.item, grant.interval.contains(Key([poison])), failures < times {
                failures += 1
                let failure = WorkFailure(lease: grant.lease, kind: kind, message: "put \(poison) failed")
                world.tell(1, .finished(.failed(failure)))
                world.settle()
            } else {
                world.work(1)
            }
        }
        return failures
    }

    @Test("S1: failed puts keep the index from ready; a retry completes it")
    func transientFailures() {
        var world = World(keys: Array(0..<32))
        world.apply(.catalog(world.demands))
        world.hire(1)
        let failures = run(&world, poison: 9, kind: .transient, times: 2)
        #expect(failures == 2)
        #expect(world.isReady)
        #expect(world.job.recordsScanned == 32)
    }

    @Test("P1: a range that failed in the middle is done again whole")
    func wholeOrNothing() {
        var world = World(keys: Array(0..<8), recordsPerRange: 8)
        world.apply(.catalog(world.demands))
        world.hire(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.tell(1, .progressed(WorkerSession.Progress()))
        let failure = WorkFailure(lease: grant.lease, kind: .transient, message: "busy")
        world.tell(1, .finished(.failed(failure)))
        world.settle()
        world.now = world.now.advanced(byMilliseconds: 500)
        world.tell(1, .tick)
        world.apply(.tick)
        world.settle()
        #expect(world.started[1]?.interval == grant.interval)
        #expect(world.started[1]?.lease.attempt == 2)
        world.workAll()
        #expect(world.loadedDigest(1, 0).count == 8)
        #expect(world.isReady)
    }

    @Test("R2: a run found damaged while another index is being published holds that one up and does not block it")
    func damageBesidePublishing() {
        var world = World(keys: Array(0..<4), indexes: 2)
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.work(1)
        world.work(1)
        guard let drain = world.started[1], case .drain(0) = drain.lease.item else {
            Issue.record("the first index is not being drained: \(String(describing: world.started[1]))")
            return
        }
        world.tell(1, .finished(world.result(of: drain)))
        let publishing = world.requests
        world.requests = []
        world.settle()
        guard let load = world.started[1], case .load(1) = load.lease.item else {
            Issue.record("the second index is not being loaded")
            return
        }
        let failure = WorkFailure(lease: load.lease, kind: .runDamaged(range: 0), message: "the run is gone")
        world.tell(1, .finished(.failed(failure)))
        for request in publishing { world.answer(request) }
        world.settle()
        #expect(world.ledger.blocked.isEmpty)
        for _ in 0..<20 {
            world.workAll()
            world.now = world.now.advanced(byMilliseconds: 500)
            world.tell(1, .tick)
            world.apply(.tick)
            world.settle()
        }
        #expect(world.ledger.blocked.isEmpty)
        #expect(world.isReady)
    }

    @Test("L7: a record at which every scan fails is cornered, named, and blocks; the rest is scanned")
    func poison() {
        var world = World(keys: Array(0..<32), recordsPerRange: 16)
        world.apply(.catalog(world.demands))
        world.hire(1)
        _ = run(&world, poison: 9, kind: .permanent, times: .max)
        #expect(world.published.isEmpty)
        #expect(world.ledger.blocked[1]?.contains("put 9 failed") == true)
        let failed = world.job.ranges.filter { $0.state == .failed }
        #expect(failed.count == 1)
        #expect(failed.first.map { $0.interval.contains(Key([9])) && !$0.interval.contains(Key([8])) } == true)
        #expect(world.job.recordsScanned == 31)
        #expect(Proof.tilingDoubts(world.job.ranges).isEmpty)
    }

    @Test("a load whose read-back differs is done anew from empty, and blocks by name if it stays so")
    func mismatch() {
        var world = World(keys: Array(0..<8))
        world.apply(.catalog(world.demands))
        world.hire(1)
        var loads = 0
        var restarts = 0
        for _ in 0..<100 {
            guard case .working(let grant) = world.workers[1]?.work else { break }
            guard case .load = grant.lease.item else {
                world.work(1)
                continue
            }
            loads += 1
            restarts += grant.restarts ? 1 : 0
            let whole = world.loadedDigest(1, 0)
            let digest = EntryDigest(count: whole.count - 1, low: whole.low, high: whole.high)
            world.tell(1, .finished(.loaded(LoadResult(lease: grant.lease, digest: digest, retries: 0))))
            world.settle()
        }
        #expect(loads == 3)
        #expect(restarts == 2)
        #expect(world.published.isEmpty)
        #expect(world.ledger.blocked[1]?.contains("7 entries read back, 8 in the runs") == true)
    }

    @Test("a damaged run sends its range back, and the load begins anew from empty")
    func damagedRun() {
        var world = World(keys: Array(0..<16))
        world.apply(.catalog(world.demands))
        world.hire(1)
        while case .working(let grant) = world.workers[1]?.work, case .scan = grant.lease.item { world.work(1) }
        guard case .working(let load) = world.workers[1]?.work else {
            Issue.record("no load")
            return
        }
        let failure = WorkFailure(lease: load.lease, kind: .runDamaged(range: 2), message: "block 0 of run: checksum")
        world.tell(1, .finished(.failed(failure)))
        world.settle()
        #expect(world.job.ranges[2].state == .leased)
        guard case .working(let scan) = world.workers[1]?.work else {
            Issue.record("no scan")
            return
        }
        #expect(scan.lease.item == .scan(range: 2))
        world.work(1)
        guard case .working(let again) = world.workers[1]?.work else {
            Issue.record("no second load")
            return
        }
        #expect(again.restarts)
        world.workAll()
        #expect(world.isReady)
    }

    @Test("bad records block the index by name; healing them publishes it without a command")
    func badRecordsHeal() {
        var world = World(keys: Array(0..<8))
        world.apply(.catalog(world.demands))
        world.publishOutcome = .badRecords(2)
        world.hire(1)
        world.workAll()
        #expect(world.ledger.blocked[1] == "2 records cannot be indexed; rewrite or delete them")
        world.demands[0].state = .blocked(badRecords: 2)
        world.apply(.catalog(world.demands))
        world.settle()
        #expect(world.published.isEmpty)
        world.publishOutcome = nil
        world.demands[0].state = .blocked(badRecords: 0)
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
        #expect(world.isReady)
        #expect(world.ledger.blocked[1] == nil)
    }

    /// Answers every attempt to publish with `outcome` until nothing is left to answer, at most `times`; how many there
    /// were.
    private func failPublishing(_ world: inout World, _ outcome: PublishOutcome, times: Int) -> Int {
        world.publishOutcome = outcome
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.workAll()
        var attempts = 1
        while attempts < times, world.ledger.blocked[1] == nil {
            world.now = world.now.advanced(byMilliseconds: world.coordinator.limits.backoffMillisMax)
            for pid in world.workers.keys { world.tell(pid, .tick) }
            world.apply(.tick)
            guard !world.requests.isEmpty else { break }
            attempts += 1
            world.settle()
        }
        return attempts
    }

    @Test(
        "L7: publishing that fails for good becomes a named block once its tries are used up, and goes on when mended")
    func publishingFailsForGood() {
        var world = World(keys: Array(0..<8))
        let attempts = failPublishing(&world, .failedForGood("made by another extractor"), times: 100)
        #expect(attempts == Int(world.coordinator.limits.failuresMax))
        #expect(world.ledger.blocked[1] == "publishing failed 5 times: made by another extractor")
        #expect(world.published.isEmpty)
        world.publishOutcome = nil
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
        #expect(world.isReady)
    }

    @Test("L1: publishing that fails and may pass backs off and goes on, however often, and never blocks")
    func publishingMayPass() {
        var world = World(keys: Array(0..<8))
        #expect(failPublishing(&world, .failed("busy"), times: 100) == 100)
        #expect(world.ledger.blocked[1] == nil)
        world.publishOutcome = nil
        world.now = world.now.advanced(byMilliseconds: world.coordinator.limits.backoffMillisMax)
        world.apply(.tick)
        world.settle()
        #expect(world.isReady)
    }

    @Test("no space gives the range back without counting against it")
    func noSpace() {
        var world = World(keys: Array(0..<8))
        world.apply(.catalog(world.demands))
        world.hire(1)
        let failures = run(&world, poison: 1, kind: .noSpace, times: 20)
        #expect(failures == 20)
        #expect(world.isReady)
        #expect(world.job.ranges.allSatisfy { $0.failures == 0 })
    }

    @Test("L1: failures that may pass are waited out: ten in a row neither cut the range nor give it up")
    func waitedOut() {
        var world = World(keys: Array(0..<32), recordsPerRange: 16)
        world.apply(.catalog(world.demands))
        world.hire(1)
        let failures = run(&world, poison: 9, kind: .transient, times: 10)
        #expect(failures == 10)
        #expect(world.isReady)
        #expect(world.job.ranges.count == 2)
    }

    @Test("L7: failures that may pass but never do are cornered and named in the end")
    func neverPasses() {
        var world = World(keys: Array(0..<4), recordsPerRange: 4)
        world.apply(.catalog(world.demands))
        world.hire(1)
        _ = run(&world, poison: 2, kind: .transient, times: .max)
        #expect(world.published.isEmpty)
        #expect(world.ledger.blocked[1]?.contains("put 2 failed") == true)
    }

    @Test("L7: an index that was blocked before it was loaded goes on when it is let go on, from its failed ranges")
    func retried() {
        var world = World(keys: Array(0..<32), recordsPerRange: 16)
        world.apply(.catalog(world.demands))
        world.hire(1)
        _ = run(&world, poison: 9, kind: .permanent, times: .max)
        #expect(world.ledger.blocked[1] != nil)
        world.demands[0].state = .blocked(badRecords: 0)
        world.apply(.catalog(world.demands))
        world.demands[0].state = .building
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
        #expect(world.isReady)
        #expect(world.ledger.blocked[1] == nil)
        #expect(world.job.recordsScanned == 32)
    }

    @Test("P4: runs of a result that may have been counted are never removed; those of a stale one are")
    func discards() {
        var world = World(keys: Array(0..<8), recordsPerRange: 4)
        world.apply(.catalog(world.demands))
        world.hire(1)
        guard let grant = world.started[1], var session = world.workers[1] else {
            Issue.record("no grant")
            return
        }
        var effects: [WorkerSession.Effect] = []
        _ = session.apply(.finished(.scanned(world.scan(grant))), at: world.now, into: &effects)
        let reporting = session
        var other = grant
        other.lease.item = .scan(range: 1)
        let refusal = Refusal(reason: .protocolVersion, message: "")
        let losses: [CoordinatorMessage] = [.grant(other), .revoke(grant.lease, reason: ""), .refused(refusal)]
        for message in losses {
            session = reporting
            effects = []
            _ = session.apply(.received(CoordinatorEnvelope(epoch: 1, message: message)), at: world.now, into: &effects)
            #expect(!effects.contains(.discard(grant.lease)))
            // Revoked work is dropped; a result that is reported waits for the word whether it counts.
            if case .revoke = message { #expect(session.holding == grant.lease) }
        }
        session = reporting
        let stale = CoordinatorEnvelope(epoch: 1, message: .settled(grant.lease, .stale))
        _ = session.apply(.received(stale), at: world.now, into: &effects)
        #expect(effects.contains(.discard(grant.lease)))
    }

    @Test("a block says that the catalog changes, so that an order which undoes it at once is heard")
    func blockTouchesCatalog() {
        var effects = Effects()
        effects.writes = [.blocked(table: 1, index: JobIndex(index: 1, generation: 1, fingerprint: "f"), reason: "why")]
        #expect(effects.touchesCatalog)
        effects.writes = [.build(BuildRow(job: 1, index: 0))]
        #expect(!effects.touchesCatalog)
    }

    @Test("L7: an index that is dropped while its publishing is under way is cancelled, whatever the answer")
    func droppedWhilePublishing() {
        var world = World(keys: [1, 2, 3])
        world.holdsPublishing = true
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.workAll()
        world.apply(.catalog([]))
        #expect(world.job.builds[0].stage == .drained)
        world.apply(.publish(job: world.job.row.id, place: 0, .deltaTooLarge(9_999)))
        #expect(world.job.builds[0].stage == .cancelled)
    }
}
