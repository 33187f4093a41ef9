// Goal: an index of other key rules is built by no program that does not have them.
// Method: messages are delivered late and twice to the hand-cranked world.

import Backfill
import Testing

@Suite("Indexes of other key rules")
struct ForeignRulesTests {
    private func begun(_ workers: Int32...) -> World {
        var world = World(keys: Array(0..<16))
        world.apply(.catalog(world.demands))
        for worker in workers { world.hire(worker) }
        return world
    }

    @Test("E3, O6: an index that was declared with other key rules is built by no program of ours, and says so")
    func foreignIndex() {
        var world = World(keys: Array(0..<8))
        world.demands[0].extractorVersion = 2
        world.apply(.catalog(world.demands))
        world.hire(1)
        #expect(world.coordinator.jobs.isEmpty)
        #expect(world.notes.contains { $0.text.contains("waits for a coordinator of the version") })
        world.demands[0].extractorVersion = 0
        world.apply(.catalog(world.demands))
        #expect(world.coordinator.jobs.isEmpty)
        #expect(world.ledger.blocked[1]?.contains("key rules 0") == true)
    }

    @Test("E3, O6: a job that a program with other key rules began is not gone on with, and its index is blocked")
    func foreignJob() {
        var world = begun(1)
        world.work(1)
        let scanned = world.ledger.image(of: 1)?.counts.scanned
        #expect(scanned == 1)
        world.restartCoordinator(extractorVersion: 2)
        world.hire(2, extractor: 2)
        #expect(world.workers[2]?.holding == nil)
        #expect(world.ledger.image(of: 1)?.counts.scanned == scanned)
        #expect(world.ledger.blocked[1]?.contains("key rules 1, this program has 2") == true)
    }
}
