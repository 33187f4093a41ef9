// Goal: a paused index is left alone, in whatever phase it was, and the other indexes of its job go on; what was in
// hand is handed back without blame; a rebuild is a job of its own.
// Method: the hand-cranked world; the catalog's word is changed between any two steps.

import Backfill
import Testing
import Values

@Suite("Pause, resume, cancel, rebuild")
struct PauseTests {
    /// Where the first index stands when it is paused.
    enum Phase: CaseIterable {
        case scanning, loading, draining, publishing
    }

    private func set(_ state: Demand.State, index: Int, in world: inout World) {
        world.demands[index].state = state
        world.apply(.catalog(world.demands))
    }

    private func build(_ index: Int, _ world: World) -> BuildRow? { world.ledger.builds[1]?[index] }

    /// A job of two indexes with one worker, up to the phase of the first index; the requests of that phase wait.
    private func world(in phase: Phase) -> World {
        var world = World(keys: Array(0..<4), indexes: 2)
        world.apply(.catalog(world.demands))
        world.hire(1)
        if phase == .scanning { return world }
        world.work(1)
        if phase == .loading { return world }
        world.work(1)
        if phase == .draining { return world }
        world.tell(1, .finished(world.result(of: grant(world))))
        return world
    }

    private func grant(_ world: World) -> Grant {
        guard let grant = world.started[1] else { fatalError("nothing was granted") }
        return grant
    }

    @Test(
        "a paused index is neither loaded, drained nor published; the other one of its job becomes ready",
        arguments: Phase.allCases)
    func others(_ phase: Phase) {
        var world = world(in: phase)
        // What the publishing transaction answers about a paused index.
        world.publishOutcome = phase == .publishing ? .paused : nil
        set(.paused, index: 0, in: &world)
        world.settle()
        world.publishOutcome = nil
        for _ in 0..<10 {
            world.workAll()
            world.now = world.now.advanced(byMilliseconds: 500)
            world.tell(1, .tick)
            world.apply(.tick)
            world.settle()
        }
        #expect(!world.published.contains(0))
        #expect(world.published.contains(1))
        #expect(build(0, world)?.failures == 0)
        #expect(build(0, world)?.stage != .loading && build(0, world)?.stage != .draining)
        #expect(world.ledger.blocked.isEmpty)
        set(.building, index: 0, in: &world)
        world.settle()
        world.workAll()
        #expect(world.published.sorted() == [0, 1])
    }

    @Test(
        "a load or drain in hand is revoked, its lease void from the commit on, and a late result of it is stale",
        arguments: [Phase.loading, .draining])
    func inHand(_ phase: Phase) {
        var world = world(in: phase)
        let grant = grant(world)
        #expect(build(0, world)?.isHeld(under: grant.lease, by: Nonce(high: 0, low: 1)) == true)
        set(.paused, index: 0, in: &world)
        #expect(build(0, world)?.isHeld(under: grant.lease, by: Nonce(high: 0, low: 1)) == false)
        #expect(build(0, world)?.stage == (phase == .loading ? .waiting : .loaded))
        // The result crosses the revocation.
        world.tell(1, .finished(world.result(of: grant)))
        world.settle()
        #expect(build(0, world)?.stage == (phase == .loading ? .waiting : .loaded))
        set(.building, index: 0, in: &world)
        world.settle()
        world.workAll()
        #expect(world.published.sorted() == [0, 1])
    }

    @Test("publishing that meets a pause is no failure, is not repeated at once, and comes after the resume")
    func publishing() {
        var world = world(in: .publishing)
        world.publishOutcome = .paused
        let asked = world.requests
        world.requests = []
        for request in asked { world.answer(request) }
        #expect(world.requests.isEmpty, "asked again at once")
        #expect(build(0, world)?.failures == 0)
        #expect(!world.notes.contains { $0.level != .info })
        world.publishOutcome = nil
        // Resumed before the coordinator ever saw the pause: the catalog says what it said before.
        world.now = world.now.advanced(byMilliseconds: 500)
        world.tell(1, .tick)
        world.apply(.tick)
        world.settle()
        world.workAll()
        #expect(world.published.sorted() == [0, 1])
    }

    @Test("a job of which all that is left is paused is not scanned either; resumed, it goes on where it was")
    func wholeJob() {
        var world = World(keys: Array(0..<40), indexes: 2)
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.work(1)
        set(.paused, index: 0, in: &world)
        world.settle()
        world.work(1)
        #expect(world.workers[1]?.holding != nil, "one scan serves both: it goes on for the other")
        set(.paused, index: 1, in: &world)
        world.settle()
        world.work(1)
        #expect(world.workers[1]?.holding == nil)
        let scanned = world.job.recordsScanned
        #expect(scanned == 12)
        world.restartCoordinator()
        world.now = world.now.advanced(byMilliseconds: 500)
        world.tell(1, .tick)
        world.settle()
        #expect(world.coordinator.workers.count == 1)
        #expect(world.workers[1]?.holding == nil, "a new coordinator knows of the pause")
        set(.building, index: 1, in: &world)
        world.settle()
        world.workAll()
        #expect(world.published == [1])
        #expect(world.job.recordsScanned == 40)
        set(.building, index: 0, in: &world)
        world.settle()
        world.workAll()
        #expect(world.published == [1, 0])
        #expect(world.job.ranges.allSatisfy { $0.attempt == 1 }, "nothing was scanned twice")
    }

    @Test("a blocked index that is paused stays so when its records heal; resumed, it is tried again")
    func blocked() {
        var world = world(in: .publishing)
        world.publishOutcome = .badRecords(1)
        world.settle()
        #expect(build(0, world)?.stage == .blocked)
        set(.paused, index: 0, in: &world)
        world.publishOutcome = nil
        world.settle()
        world.workAll()
        #expect(!world.published.contains(0))
        set(.building, index: 0, in: &world)
        world.settle()
        world.workAll()
        #expect(world.published.contains(0))
    }

    @Test("cancelled while paused, the index leaves its job, which ends with the other one", arguments: Phase.allCases)
    func cancelled(_ phase: Phase) {
        var world = world(in: phase)
        world.publishOutcome = phase == .publishing ? .paused : nil
        set(.paused, index: 0, in: &world)
        world.settle()
        world.publishOutcome = nil
        world.demands.remove(at: 0)
        world.apply(.catalog(world.demands))
        world.settle()
        world.workAll()
        #expect(world.published == [1])
        #expect(build(0, world)?.stage == .cancelled)
        #expect(world.ledger.jobs[1]?.state == .done)
    }

    @Test("W7: a rebuild is a job of its own; cancelled and asked for again, its next generation is built from nothing")
    func rebuild() {
        var world = World(keys: Array(0..<8))
        world.apply(.catalog(world.demands))
        world.hire(1)
        world.workAll()
        #expect(world.isReady)
        let again = Demand(
            table: 1, index: JobIndex(index: 1, generation: 2, fingerprint: "f0"), state: .building, records: 8)
        world.apply(.catalog([again]))
        world.settle()
        world.work(1)
        var third = again
        third.index.generation = 3
        world.apply(.catalog([third]))
        world.settle()
        world.workAll()
        #expect(world.ledger.jobs[2]?.state == .done)
        #expect(world.ledger.builds[2]?[0]?.stage == .cancelled)
        #expect(world.ledger.builds[3]?[0]?.stage == .published)
        #expect(world.ledger.builds[3]?[0]?.digest?.count == 8)
    }
}
