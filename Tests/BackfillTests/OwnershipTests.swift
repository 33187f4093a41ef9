// Goal: at most one owner counts: dead, late, doubled and unknown ones change nothing.
// Method: results of old attempts are delivered in every order to the hand-cranked world.

import Backfill
import Testing

@Suite("Owners, leases, attempts")
struct OwnershipTests {
    private func begun(_ workers: Int32...) -> World {
        var world = World(keys: Array(0..<16))
        world.apply(.catalog(world.demands))
        for worker in workers { world.hire(worker) }
        return world
    }

    @Test("O1: two workers that are both PID 1 are two owners")
    func samePID() {
        var world = begun(1)
        guard let first = world.started[1] else {
            Issue.record("no grant")
            return
        }
        let before = world.workers[1]
        world.hire(1, nonce: 99)
        guard let second = world.started[1] else {
            Issue.record("no grant")
            return
        }
        #expect(first.lease.item != second.lease.item)
        #expect(world.coordinator.workers.count == 2)
        // The first one's death takes only its own lease.
        world.apply(.workerDied(Nonce(high: 0, low: 1)))
        #expect(world.job.ranges.filter { $0.owner?.nonce == Nonce(high: 0, low: 99) }.count == 1)
        // A result under the new worker's lease, sent by the old one, counts for nothing.
        let message = WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 1, message: world.result(of: second))
        world.apply(.message(message))
        #expect(world.job.counts.scanned == 0)
        #expect(before != nil)
    }

    @Test("O3: a late result of an old attempt is refused, before and after the new one's")
    func lateResult() {
        var world = begun(1)
        guard let old = world.started[1], case .scan(let range) = old.lease.item else {
            Issue.record("no grant")
            return
        }
        world.now = world.now.advanced(byMilliseconds: world.coordinator.limits.silenceMillis)
        world.apply(.tick)
        #expect(world.coordinator.workers.isEmpty)
        world.hire(2)
        world.now = world.now.advanced(byMilliseconds: 1_000)
        world.tell(2, .tick)
        world.apply(.tick)
        world.settle()
        world.tell(1, .connected)
        world.settle()
        let late = WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 1, message: world.result(of: old))
        world.apply(.message(late))
        #expect(world.job.ranges[Int(range)].state != .scanned)
        world.workAll()
        world.now = world.now.advanced(byMilliseconds: 1_000)
        world.apply(.tick)
        world.settle()
        world.workAll()
        let before = world.ledger.ranges
        world.apply(.message(late))
        #expect(world.ledger.ranges == before)
        #expect(world.isReady)
        #expect(world.job.ranges[Int(range)].owner?.pid == 2 || world.job.ranges[Int(range)].attempt > 1)
    }

    @Test("O3: a result reported twice counts once and is settled twice")
    func duplicateResult() {
        var world = begun(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        let message = WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 1, message: world.result(of: grant))
        world.apply(.message(message))
        world.apply(.message(message))
        let settled = world.toWorkers.filter { $0.1.message == .settled(grant.lease, .counted) }
        #expect(settled.count == 2)
        #expect(world.job.counts.scanned == 1)
        #expect(world.job.recordsScanned == 4)
    }

    @Test("O3: a grant that arrives again after its result was reported is answered, not worked on again")
    func lateGrant() {
        var world = begun(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.work(1)
        let holding = world.workers[1]?.holding
        #expect(holding != grant.lease)
        world.started = [:]
        let stored = world.ledger.ranges
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .grant(grant))))
        // The run of the first time counts: written again, from a newer snapshot, it would be another one.
        #expect(world.started.isEmpty)
        #expect(world.workers[1]?.holding == holding)
        #expect(world.ledger.ranges == stored)
        #expect(world.toWorkers.map(\.1.message) == [.settled(grant.lease, .counted)])
    }

    @Test("O3: a result whose settlement was lost is not worked on again, whatever came between")
    func lateGrantAfterLostSettlement() {
        var world = begun(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.tell(1, .finished(world.result(of: grant)))
        // The settlement is lost; the next grant arrives.
        world.toWorkers.removeAll { $0.1.message == .settled(grant.lease, .counted) }
        world.settle()
        #expect(world.workers[1]?.holding?.item != grant.lease.item)
        let holding = world.workers[1]?.holding
        world.started = [:]
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .grant(grant))))
        #expect(world.started.isEmpty)
        #expect(world.workers[1]?.holding == holding)
    }

    @Test("O2: a loader that was replaced finds its lease gone in the ledger")
    func replacedLoader() {
        var world = begun(1)
        while case .working(let grant) = world.workers[1]?.work, case .scan = grant.lease.item { world.work(1) }
        guard case .working(let old) = world.workers[1]?.work else {
            Issue.record("no load")
            return
        }
        let nonce = Nonce(high: 0, low: 1)
        #expect(world.ledger.builds[1]?[0]?.isHeld(under: old.lease, by: nonce) == true)
        world.apply(.workerDied(nonce))
        #expect(world.ledger.builds[1]?[0]?.isHeld(under: old.lease, by: nonce) == false)
        world.hire(2)
        world.now = world.now.advanced(byMilliseconds: 1_000)
        world.apply(.tick)
        world.settle()
        #expect(world.ledger.builds[1]?[0]?.attempt == 2)
        world.apply(.message(WorkerEnvelope(sender: nonce, epoch: 1, message: world.result(of: old))))
        #expect(world.ledger.builds[1]?[0]?.stage == .loading)
    }

    @Test("S4: a worker that dies between failing and reporting leaves its range undone")
    func silentDeath() {
        var world = begun(1)
        world.apply(.workerDied(Nonce(high: 0, low: 1)))
        #expect(world.job.counts.scanned == 0)
        #expect(world.job.ranges[0].history.map(\.outcome) == [.died])
        world.now = world.now.advanced(byMilliseconds: 1_000)
        world.hire(2)
        world.workAll()
        #expect(world.isReady)
    }

    @Test("O4: a leased range that is cut at any key still tiles", arguments: 1...15)
    func cutAnywhere(at cut: UInt8) {
        var world = World(keys: Array(0..<16), recordsPerRange: 16)
        world.apply(.catalog(world.demands))
        world.hire(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.tell(1, .finished(world.result(of: grant, until: Key([cut]))))
        world.settle()
        world.workAll()
        #expect(world.isReady)
        #expect(world.job.recordsScanned == 16)
        #expect(Proof.tilingDoubts(world.job.ranges).isEmpty)
    }

    @Test("a report about other keys than the lease's is refused")
    func wrongInterval() {
        var world = begun(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        var result = world.scan(grant)
        result.interval.end = Key([200])
        world.apply(.message(WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 1, message: .scanned(result))))
        #expect(world.job.counts.scanned == 0)
        result = world.scan(grant)
        result.runs = []
        world.apply(.message(WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 1, message: .scanned(result))))
        #expect(world.job.counts.scanned == 0)
    }

    @Test("O6: a worker of another protocol or extractor gets no work, and is told why")
    func otherVersions() {
        var world = begun()
        world.hire(1, protocolVersion: BuildProtocol.version + 1)
        world.hire(2, extractor: 2)
        #expect(world.started.isEmpty)
        for pid in [Int32(1), 2] {
            guard case .refused = world.workers[pid]?.standing else {
                Issue.record("worker \(pid) was not refused")
                continue
            }
        }
        world.hire(3)
        world.workAll()
        #expect(world.isReady)
    }

    @Test("a hello that crosses a grant takes nothing from the worker")
    func helloCrossesGrant() {
        var world = begun(1)
        guard let grant = world.started[1], let session = world.workers[1] else {
            Issue.record("no grant")
            return
        }
        // Said before the grant came, heard after it was given.
        let sender = Nonce(high: 0, low: 1)
        world.apply(.message(WorkerEnvelope(sender: sender, epoch: 0, message: .hello(session.identity))))
        world.started[1] = nil
        world.settle()
        #expect(world.workers[1]?.holding == grant.lease)
        #expect(world.started[1] == nil, "the work was begun twice")
        #expect(world.job.ranges[0].attempt == 1)
    }

    @Test("a worker that returns with a lease that was given away drops it")
    func returnsTooLate() {
        var world = begun(1)
        guard let grant = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.now = world.now.advanced(byMilliseconds: world.coordinator.limits.silenceMillis)
        world.apply(.tick)
        world.tell(1, .connected)
        world.settle()
        #expect(world.workers[1]?.holding != grant.lease)
    }

    @Test("a worker that leaves before it hears that it has work gives that work back")
    func leavesBeforeTheGrantArrives() {
        var world = World(keys: Array(0..<4))
        world.apply(.catalog(world.demands))
        while !world.requests.isEmpty { world.answer(world.requests.removeFirst()) }
        let hello = Hello(
            protocolVersion: BuildProtocol.version, program: "test", extractorVersion: 1,
            incarnation: Incarnation(
                host: "host", bootID: "boot", pid: 1, startTicks: 1, startedAt: world.now, nonce: Nonce(high: 0, low: 1)
            ),
            environment: world.environment, holding: nil)
        world.workers[1] = WorkerSession(identity: hello)
        world.tell(1, .connected)
        #expect(world.job.counts.leased == 1)
        world.tell(1, .stop)
        #expect(world.job.counts.leased == 0)
        #expect(world.job.ranges[0].history.map(\.outcome) == [.released])
    }

    @Test("O1: an owner that the next coordinator finds dead gives its range back at once, without the reunion's wait")
    func deadOwner() {
        var world = begun(1)
        guard let lease = world.workers[1]?.holding, case .scan(let range) = lease.item else {
            Issue.record("holds no range")
            return
        }
        world.workers[1] = nil
        world.restartCoordinator()
        #expect(world.job.ranges[Int(range)].state == .leased)
        world.apply(.workerDied(Nonce(high: 0, low: 1)))
        #expect(world.job.ranges[Int(range)].state == .pending)
        #expect(world.job.ranges[Int(range)].history.last?.outcome == .died)
    }

    @Test("O1: an incarnation of another PID namespace, boot or host, or of none that is known, shares no PIDs")
    func sharedPIDs() {
        let one = Incarnation(
            host: "h", bootID: "b", pid: 1, startTicks: 1, startedAt: Instant(milliseconds: 1),
            nonce: Nonce(high: 0, low: 1), pidNamespace: "pid:[1]")
        var others = [one, one, one, one]
        (others[0].host, others[1].bootID, others[2].pidNamespace, others[3].pidNamespace) = ("x", "x", "pid:[2]", nil)
        #expect(one.sharesProcesses(with: one))
        for other in others {
            #expect(!one.sharesProcesses(with: other))
            #expect(!other.sharesProcesses(with: other) == (other.pidNamespace == nil))
        }
    }

    @Test("a worker refuses messages of an older epoch")
    func olderEpoch() {
        var world = begun(1)
        world.restartCoordinator()
        world.tell(1, .connected)
        world.settle()
        guard let lease = world.workers[1]?.holding else {
            Issue.record("holds nothing")
            return
        }
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .revoke(lease, reason: "old"))))
        #expect(world.workers[1]?.holding == lease)
    }

    @Test("a lost grant is said again; a lost result is reported again")
    func lostMessages() {
        var world = World(keys: Array(0..<4))
        world.hire(1)
        world.apply(.catalog(world.demands))
        while !world.requests.isEmpty { world.answer(world.requests.removeFirst()) }
        world.toWorkers = []
        #expect(world.workers[1]?.holding == nil)
        world.now = world.now.advanced(byMilliseconds: 1_500)
        world.tell(1, .tick)
        world.settle()
        guard case .working(let grant) = world.workers[1]?.work else {
            Issue.record("grant not repeated")
            return
        }
        world.tell(1, .finished(world.result(of: grant)))
        world.toWorkers = []
        for _ in 0..<2 {
            // First the result is reported again and settled, then the load's grant, lost too, is said again.
            world.now = world.now.advanced(byMilliseconds: 1_100)
            world.tell(1, .tick)
            world.settle()
        }
        world.workAll()
        #expect(world.isReady)
    }
}
