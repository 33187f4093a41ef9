// Goal: the operator's word in the catalog reaches the fenced transactions themselves, whatever a coordinator knows;
// and what became of each build stays readable, in bounded space.
// Method: a job in which all is in place; the catalog changed beside it.

import LMDB
import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger

@Suite("Orders and history")
struct OrderTests {
    private func pause(_ world: Proven) throws {
        _ = try world.store.write { try world.store.pauseBuild(of: "people.email", in: $0) }
    }

    @Test("a paused index is not published: a named outcome, nothing changed; resumed, it is")
    func publishing() throws {
        let world = try Proven()
        try pause(world)
        let before = try world.contents()
        #expect(try world.publish() == .paused)
        #expect(try world.contents() == before)
        _ = try world.store.write { try world.store.resumeBuild(of: "people.email", in: $0) }
        #expect(try world.publish() == .published(entries: 6))
    }

    @Test("what blocks a paused index does not end the pause")
    func blocking() throws {
        let world = try Proven()
        try pause(world)
        let blocked = LedgerWrite.blocked(table: world.job.table, index: world.job.indexes[0], reason: "test")
        try world.ledger.commit([blocked], epoch: world.epoch)
        #expect(try world.state == .paused)
        _ = try world.store.write { try world.store.resumeBuild(of: "people.email", in: $0) }
        try world.ledger.commit([blocked], epoch: world.epoch)
        #expect(try world.state == .blocked)
    }

    @Test(
        "O2: a loader's and a drainer's transactions are fenced while their index is paused, and once it is cancelled",
        arguments: [true, false])
    func fence(isLoad: Bool) throws {
        let world = try Proven()
        world.build.stage = isLoad ? .loading : .draining
        world.build.owner = incarnation(1)
        try world.storeRows()
        let item: WorkItem = isLoad ? .load(index: 0) : .drain(index: 0)
        let lease = Lease(job: 1, item: item, attempt: world.build.attempt, epoch: world.epoch)
        let confirm = {
            try world.store.read { txn in
                _ = try world.ledger.confirm(
                    lease, of: Nonce(high: 0, low: 1), building: world.job.indexes[0], in: txn)
            }
        }
        try confirm()
        try pause(world)
        #expect(throws: Fenced.paused(lease)) { try confirm() }
        _ = try world.store.write { try world.store.resumeBuild(of: "people.email", in: $0) }
        try confirm()
        _ = try world.store.write { try world.store.cancelBuild(of: "people.email", in: $0) }
        #expect(throws: Fenced.lease(lease)) { try confirm() }
    }

    @Test("a published build is told: why, by whom, how long each phase took; also when its job's rows are gone")
    func published() throws {
        let world = try Proven()
        for place in world.ranges.indices {
            world.ranges[place].note(
                AttemptRow(attempt: 1, owner: incarnation(1), outcome: .scanned, error: nil, at: at(100 + place)))
        }
        world.build.loadingSince = at(150)
        world.build.loadedAt = at(170)
        world.build.loadedBy = 2
        world.build.drainedAt = at(175)
        world.build.drainedBy = 3
        try world.storeRows()
        let open = try world.ledger.history(of: "people.email")
        #expect(open.map(\.outcome) == [.open])
        #expect(open.first?.phases == HistoryRow.Phases(scan: 101, load: 20, drain: 5, publish: nil))
        _ = try world.ledger.publish(job: 1, place: 0, epoch: world.epoch, at: at(178))
        let rows = try world.ledger.history(of: "people.email")
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect(row.outcome == .published)
        #expect(row.reason == "created")
        #expect(row.entries == 6 && row.records == 6 && row.ranges == 3)
        #expect(row.phases == HistoryRow.Phases(scan: 101, load: 20, drain: 5, publish: 3))
        #expect(row.workers == [1, 2, 3])
        #expect(row.coordinator == 99 && row.epoch == world.epoch)
        #expect(row.endedAt == at(178))
        _ = try world.publish()
        try world.ledger.remove(job: 1, epoch: world.epoch)
        try world.store.write { try world.store.dropIndex("people.email", in: $0) }
        try world.store.cleanDropped()
        #expect(try world.ledger.history(of: "people.email") == rows)
        #expect(try world.ledger.history(of: "people.other").isEmpty)
    }

    @Test("a cancelled build is told, with what blocked it, also when its index is gone already")
    func cancelled() throws {
        let world = try Proven()
        let index = world.job.indexes[0]
        try world.ledger.commit([.blocked(table: world.job.table, index: index, reason: "one")], epoch: world.epoch)
        try world.ledger.commit([.blocked(table: world.job.table, index: index, reason: nil)], epoch: world.epoch)
        try world.ledger.commit([.blocked(table: world.job.table, index: index, reason: "two")], epoch: world.epoch)
        try world.store.write { try world.store.dropIndex("people.email", in: $0) }
        try world.store.cleanDropped()
        world.build.stage = .cancelled
        world.build.endedAt = at(200)
        try world.ledger.commit([.build(world.build)], epoch: world.epoch)
        let row = try #require(try world.ledger.history(of: "people.email").first)
        #expect(row.outcome == .cancelled)
        #expect(row.endedAt == at(200))
        #expect(row.blocks == 2 && row.lastBlock == "two")
        #expect(row.entries == nil)
    }

    @Test("of each index the latest builds are kept, and no more")
    func bounded() throws {
        let world = try Proven()
        var last: JobID = 1
        for number in 2...UInt64(HistoryRow.rowsPerIndexMax + 5) {
            var job = world.job
            job.id = number
            try world.ledger.commit([.job(job)], epoch: world.epoch)
            last = number
        }
        let rows = try world.ledger.history(of: "people.email")
        #expect(rows.map(\.job) == Array((last - UInt64(HistoryRow.rowsPerIndexMax) + 1...last).reversed()))
    }

    private func at(_ millis: Int) -> Instant { Instant(milliseconds: Int64(millis)) }
}
