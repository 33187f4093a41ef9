// Goal: what arrives late or twice takes nothing away and makes nothing be done again.
// Method: messages are delivered late and twice to the hand-cranked world.

import Backfill
import Testing

@Suite("Late and doubled messages")
struct EchoTests {
    private func begun(_ workers: Int32...) -> World {
        var world = World(keys: Array(0..<16))
        world.apply(.catalog(world.demands))
        for worker in workers { world.hire(worker) }
        return world
    }

    @Test("O3: a late result of a job that is over counts nothing and takes no other lease from its worker")
    func lateResultOfAJobThatIsOver() {
        var world = begun(1)
        guard let old = world.started[1] else {
            Issue.record("no grant")
            return
        }
        let late = WorkerEnvelope(
            sender: Nonce(high: 0, low: 1), epoch: 1, message: .scanned(world.scan(old)))
        // The index is dropped, and another one declared: the worker is handed work of the next job.
        world.demands[0].index.index = 9
        world.apply(.catalog(world.demands))
        world.settle()
        let held = world.workers[1]?.holding
        #expect(held?.job == 2)
        world.apply(.message(late))
        #expect(world.coordinator.workers.first?.lease == held)
        #expect(world.ledger.image(of: old.lease.job)?.ranges[0].state != .scanned)
        #expect(world.toWorkers.contains { $0.1.message == .settled(old.lease, .stale) })
    }

    @Test("O3: a doubled grant of work that was settled is not done again, and what is in hand goes on")
    func doubledGrant() {
        var world = begun(1)
        guard let first = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.work(1)
        let held = world.workers[1]?.holding
        #expect(held != nil && held != first.lease)
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .grant(first))))
        #expect(world.workers[1]?.holding == held)
    }

    @Test("O3: a lease that was begun and let go of is not begun again, and the result in hand stays")
    func echoWhileReporting() {
        var world = begun(1)
        guard let first = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .revoke(first.lease, reason: "test"))))
        var second = first
        second.lease.attempt += 1
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .grant(second))))
        world.tell(1, .finished(world.result(of: second)))
        world.started[1] = nil
        world.tell(1, .received(CoordinatorEnvelope(epoch: 1, message: .grant(first))))
        #expect(world.workers[1]?.holding == second.lease)
        #expect(world.started[1] == nil)
    }

    @Test("O3: the runs of a counted result stay when a doubled grant of it is given back")
    func doubledGrantGivenBack() {
        var world = begun(1)
        guard let first = world.started[1] else {
            Issue.record("no grant")
            return
        }
        world.work(1)
        let failure = WorkFailure(lease: first.lease, kind: .released, message: "the worker is leaving")
        world.apply(.message(WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 1, message: .failed(failure))))
        #expect(world.toWorkers.contains { $0.1.message == .settled(first.lease, .counted) })
        #expect(!world.toWorkers.contains { $0.1.message == .settled(first.lease, .stale) })
    }
}
