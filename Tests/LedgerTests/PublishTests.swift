// Goal: ready is computed from stored facts; without any one of them nothing changes and the fact is named. Method: a
// job in which all is in place, and one thing taken away at a time.

import LMDB
import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger

@Suite("Publish")
struct PublishTests {
    @Test("with every fact in place the index is ready, and the ledger says so in the same transaction")
    func proven() throws {
        let world = try Proven()
        #expect(try world.publish() == .published(entries: 6))
        #expect(try world.state == .ready)
        #expect(try world.ledger.images()[0].builds[0].stage == .published)
        // Asked again, it is as it was.
        #expect(try world.publish() == .published(entries: 6))
    }

    /// One fact that is missing, and the doubt that must name it.
    enum Fact: String, CaseIterable {
        case noRanges, firstRange, middleRange, lastRange, overlap, pending, leased, failed, noRun, noOwner, noAttempt
        case noEpoch, fromTheFuture, notLoaded, notDrained, stillDraining, countDiffers, hashDiffers, runsDiffer

        func remove(from world: Proven) throws {
            switch self {
            case .noRanges: try delete([0, 1, 2], world)
            case .firstRange: try delete([0], world)
            case .middleRange: try delete([1], world)
            case .lastRange: try delete([2], world)
            case .overlap: world.ranges[1].interval.end = try idKey(5)
            case .pending: world.ranges[1].state = .pending
            case .leased: world.ranges[1].state = .leased
            case .failed: world.ranges[1].state = .failed
            case .noRun: world.ranges[1].runs = [nil]
            case .noOwner: world.ranges[1].owner = nil
            case .noAttempt: world.ranges[1].attempt = 0
            case .noEpoch: world.ranges[1].epoch = 0
            case .fromTheFuture: world.ranges[1].snapshotMax = 1_000_000
            case .notLoaded: world.build.digest = nil
            case .notDrained: world.build.stage = .loaded
            case .stillDraining: world.build.stage = .draining
            case .countDiffers: world.build.digest = try Proven.digest(0..<5)
            case .hashDiffers: world.build.digest = try Proven.digest(1..<7)
            case .runsDiffer: world.ranges[1].runs[0]?.digest = try Proven.digest(3..<5)
            }
            try world.storeRows()
            if [.noRanges, .firstRange, .middleRange, .lastRange].contains(self) { try deleteRows(world) }
        }

        private func delete(_ places: [Int], _ world: Proven) throws {
            for place in places.reversed() { world.ranges.remove(at: place) }
        }

        private func deleteRows(_ world: Proven) throws {
            let kept = world.ranges.map(\.id)
            try world.store.write { txn in
                let database = try txn.database(Ledger.databaseName)
                for id in RangeID(0)..<3 where !kept.contains(id) { _ = try txn.delete(Row.range(1, id), in: database) }
            }
        }

        func isNamed(by doubt: Proof.Doubt) -> Bool {
            switch (self, doubt) {
            case (.noRanges, .noRanges), (.firstRange, .missingStart), (.middleRange, .gapOrOverlap(0, 2)),
                (.lastRange, .missingEnd), (.overlap, .gapOrOverlap(1, 2)), (.pending, .unscanned(1, .pending)),
                (.leased, .unscanned(1, .leased)), (.failed, .unscanned(1, .failed)), (.noRun, .noRun(1)),
                (.noOwner, .noOwner(1)), (.noAttempt, .noOwner(1)), (.noEpoch, .noOwner(1)),
                (.fromTheFuture, .fromTheFuture(1)), (.notLoaded, .notLoaded(.drained)),
                (.notDrained, .notLoaded(.loaded)), (.stillDraining, .notLoaded(.draining)),
                (.countDiffers, .digestDiffers), (.hashDiffers, .digestDiffers), (.runsDiffer, .digestDiffers):
                true
            default: false
            }
        }
    }

    @Test(
        "S1, S2, P3, P7: without this fact nothing is published, nothing changes, and the fact is named",
        arguments: Fact.allCases)
    func missing(_ fact: Fact) throws {
        let world = try Proven()
        try fact.remove(from: world)
        let before = try world.contents()
        guard case .unproved(let doubts) = try world.publish() else {
            Issue.record("published without \(fact)")
            return
        }
        #expect(doubts.contains { fact.isNamed(by: $0) }, "\(doubts)")
        #expect(try world.contents() == before)
        #expect(try world.state == .building)
    }

    @Test("S1: an open bad record keeps the index from ready, and is counted")
    func badRecords() throws {
        let world = try Proven()
        let key = try idKey(3).bytes
        try world.store.write { txn in
            try txn.put(key, [0xc1], in: txn.database(Store.recordsDatabase(table: world.job.table)))
        }
        let bad = Backfill.BadRecord(index: 0, primaryKey: Key(key), error: "malformed")
        try world.ledger.commit(
            [.badRecords(table: world.job.table, index: world.job.indexes[0], [bad])], epoch: world.epoch)
        let before = try world.contents()
        #expect(try world.publish() == .badRecords(1))
        #expect(try world.contents() == before)
        #expect(try world.ledger.demands().map(\.state) == [.building])
        try world.ledger.commit([.blocked(table: 1, index: world.job.indexes[0], reason: "bad")], epoch: world.epoch)
        #expect(try world.ledger.demands().map(\.state) == [.blocked(badRecords: 1)])
        #expect(throws: GaplessError.self) { try world.publish() }
        #expect(try world.state == .blocked)
    }

    @Test("W7: what a job of the ready generation says late does not touch the one that is coming")
    func otherGeneration() throws {
        let world = try Proven()
        #expect(try world.publish() == .published(entries: 6))
        try world.store.write { _ = try world.store.declareRebuild(of: world.index, reason: "test", in: $0) }
        let late = LedgerWrite.blocked(table: world.job.table, index: world.job.indexes[0], reason: "late")
        try world.ledger.commit([late], epoch: world.epoch)
        let index = try world.store.read { try world.store.catalog(in: $0).index(id: world.index.id) }
        #expect(index.generations.map(\.state) == [.ready, .building])
    }

    @Test("a bad record is listed only if the record as it stands is bad; a delta row of it is kept")
    func badRecordAsItStands() throws {
        let world = try Proven()
        let bad = try [3, 77].map { Backfill.BadRecord(index: 0, primaryKey: try idKey($0), error: "was malformed") }
        try world.ledger.commit(
            [.badRecords(table: world.job.table, index: world.job.indexes[0], bad)], epoch: world.epoch)
        #expect(try world.publish() == .published(entries: 6))
    }

    @Test("W4: the rest of the delta is applied in the publishing transaction; more than it may apply changes nothing")
    func delta() throws {
        let world = try Proven()
        try world.store.write { txn in
            try world.store.put(Proven.person(2, email: "new"), into: "people", in: txn)
            try world.store.delete(key: idKey(4).bytes, from: "people", in: txn)
        }
        #expect(try world.publish() == .published(entries: 5))
        let contents = try world.contents()
        #expect(contents[Store.deltaDatabase(index: world.index.id, generation: 1)] == [])
        let entries = try [Proven.entry(2, email: "new")] + [0, 1, 3, 5].map { try Proven.entry($0) }
        #expect(
            contents[Store.indexDatabase(index: world.index.id, generation: 1)] == entries.map { $0 + [0xff, 0xff] })
    }

    @Test("W4: a delta beyond the bound is left as it is")
    func deltaTooLarge() throws {
        let world = try Proven()
        let count = Ledger.deltaEntriesMax + 1
        try world.store.write { txn in
            for id in 100..<100 + count { try world.store.put(Proven.person(id), into: "people", in: txn) }
        }
        let before = try world.contents()
        #expect(try world.publish() == .deltaTooLarge(UInt64(count)))
        #expect(try world.contents() == before)
    }

    @Test("O2: publishing under an old or a future epoch is fenced and changes nothing")
    func epochs() throws {
        let world = try Proven()
        let successor = try world.ledger.takeOffice(incarnation(100), program: "test").epoch
        let before = try world.contents()
        for epoch in [world.epoch, successor + 1, 0] {
            #expect(throws: Fenced.self) { try world.publish(epoch: epoch) }
        }
        #expect(try world.contents() == before)
        #expect(try world.publish(epoch: successor) == .published(entries: 6))
    }

    @Test("an index that was dropped, or is built anew, is gone; a paused one does not become ready")
    func otherStates() throws {
        let paused = try Proven()
        try paused.store.write { try paused.store.setPaused(paused.index, generation: 1, in: $0) }
        #expect(try paused.publish() == .paused)
        #expect(try paused.state == .paused)
        let dropped = try Proven()
        try dropped.store.write { try dropped.store.dropIndex("people.email", in: $0) }
        #expect(try dropped.publish() == .gone)
        let other = try Proven()
        other.job.indexes[0].fingerprint = "another meaning"
        try other.storeRows()
        #expect(try other.publish() == .gone)
        #expect(try other.state == .building)
        #expect(try other.ledger.publish(job: 2, place: 0, epoch: other.epoch) == .gone)
        #expect(try other.ledger.publish(job: 1, place: 7, epoch: other.epoch) == .gone)
    }
}
