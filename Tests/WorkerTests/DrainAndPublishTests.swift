// Goal: the delta reaches the index whole, in bounded steps, and the proof lets nothing else be ready. Method: the real
// drain and the real publishing transaction, with writers beside them.

import Glibc
import LMDB
import Synchronization
import Tables
import TestSupport
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Worker

@Suite("Drain and publish")
struct DrainAndPublishTests {
    @Test("a drain ends with little enough left to publish, and with nothing lost")
    func drains() throws {
        let site = try Site(people(0..<100))
        try site.scanAll()
        try site.load()
        let count = DrainWork.enough + 3_000
        try site.put(people(100..<100 + count))
        let result = try site.drain(site.drainGrant())
        #expect(try site.deltaCount() <= DrainWork.enough)
        #expect(result.applied == UInt64(count - (try site.deltaCount())))
        var build = site.builds[0]
        build.stage = .drained
        try site.set(build)
        #expect(try site.publish() == .published(entries: UInt64(100 + count)))
        #expect(try site.entries() == Site.entries((0..<100 + count).map { (email($0), $0) }))
    }

    @Test("L4: a delta that grew too large is drained again, not squeezed into the publishing transaction")
    func deltaTooLarge() throws {
        let site = try Site(people(0..<10))
        try site.scanAll()
        try site.load()
        try site.drain()
        let count = Ledger.deltaEntriesMax + 1
        try site.put(people(10..<10 + count))
        let before = try site.entries()
        #expect(try site.publish() == .deltaTooLarge(UInt64(count)))
        #expect(try site.entries() == before)
        #expect(try site.index().ready == nil)
        try site.drain()
        #expect(try site.publish() == .published(entries: UInt64(10 + count)))
    }

    @Test("W4: a writer at full speed through load, drain and publish loses no write", arguments: [1, 2, 3])
    func writerThroughPublish(seed: UInt64) throws {
        let site = try Site(people(0..<2_000))
        let store = site.store
        let phase = Phase()
        let writer = Background { () -> [Int: String] in
            var model = Dictionary(uniqueKeysWithValues: (0..<2_000).map { ($0, email($0)) })
            var random = SeededRandom(seed: seed)
            while !phase.isOver {
                let id = Int.random(in: 0..<2_500, using: &random)
                let text = Bool.random(using: &random) ? "w\(random.next() % 1_000)" : nil
                try store.write { txn in
                    if let text {
                        try store.put(person(id, email: text), into: "people", in: txn)
                    } else {
                        try store.delete(key: idKey(id).bytes, from: "people", in: txn)
                    }
                }
                model[id] = text
                phase.count()
            }
            return model
        }
        phase.wait(for: 50)
        try site.scanAll(cutAt: [500, 1_500])
        phase.wait(for: 50)
        try site.load()
        phase.wait(for: 50)
        var outcome = Backfill.PublishOutcome.deltaTooLarge(0)
        while case .deltaTooLarge = outcome {
            try site.drain()
            outcome = try site.publish()
        }
        phase.wait(for: 50)
        phase.end()
        let model = try writer.result()
        guard case .published = outcome else { throw Unexpected(outcome) }
        #expect(try site.entries() == Site.entries(model.map { ($0.value, $0.key) }), "seed \(seed)")
        #expect(try site.deltaCount() == 0)
    }

    @Test("W8: of several indexes each needs a proof of its own", arguments: 0..<3)
    func oneProofEach(failing: Int) throws {
        let site = try Site(people(0..<50), indexes: [["email"], ["id"], ["email", "id"]])
        try site.scanAll(cutAt: [20])
        for place in 0..<3 {
            try site.load(place)
            try site.drain(place)
        }
        var build = site.builds[failing]
        build.digest = .zero
        try site.set(build)
        for place in 0..<3 {
            let outcome = try site.publish(place)
            if place == failing {
                guard case .unproved(let doubts) = outcome else { throw Unexpected(outcome) }
                #expect(doubts.count == 1)
                #expect(try site.index(place).ready == nil)
            } else {
                #expect(outcome == .published(entries: 50))
            }
        }
    }

    @Test("a record that was bad when scanned and is rewritten before it is listed is in the index, and blocks nothing")
    func healedBeforeListed() throws {
        let site = try Site(people(0..<5))
        try site.putRaw(3, [0xc1])
        let result = try site.scan(site.lease())
        #expect(result.badRecords.count == 1)
        try site.put([person(3, email: "healed@x")])
        try site.settle(result)
        #expect(try site.finish() == [.published(entries: 5)])
        #expect(try site.entries().contains(Site.entry([.string("healed@x")], 3)))
    }

    @Test("S1: an open bad record keeps the index from ready until it is healed")
    func badRecordBlocks() throws {
        let site = try Site(people(0..<5))
        try site.putRaw(3, [0xc1])
        try site.scanAll()
        #expect(try site.finish() == [.badRecords(1)])
        #expect(try site.index().ready == nil)
        try site.put([person(3, email: "healed@x")])
        #expect(try site.publish() == .published(entries: 5))
    }

    @Test("a drain goes on while that leaves less for publishing, for which writers wait in one go")
    func leavesLittle() throws {
        let site = try Site(people(0..<100))
        try site.scanAll()
        try site.load()
        let count = DrainWork.enough - 1
        try site.put(people(100..<100 + count))
        let result = try site.drain(site.drainGrant())
        #expect(try site.deltaCount() <= DrainWork.few)
        #expect(result.applied == UInt64(count - (try site.deltaCount())))
    }

    @Test("L4: a drain ends where another step would not pay, or its writers are kept out already")
    func endsInTime() {
        let (few, enough) = (DrainWork.few, DrainWork.enough)
        #expect(DrainWork.isEnough(0, before: .max, isLosing: false))
        #expect(DrainWork.isEnough(few, before: .max, isLosing: false))
        #expect(!DrainWork.isEnough(few + 1, before: .max, isLosing: false))
        #expect(!DrainWork.isEnough(enough, before: 2 * enough, isLosing: false))
        #expect(DrainWork.isEnough(enough, before: 2 * enough - 1, isLosing: false))
        #expect(DrainWork.isEnough(enough, before: .max, isLosing: true))
        #expect(!DrainWork.isEnough(enough + 1, before: enough + 1, isLosing: true))
    }

    @Test("L2: the size of a drain's transactions follows the time that they take, within bounds")
    func limits() {
        #expect(DrainWork.nextLimit(500, took: 1) == 1_000)
        #expect(DrainWork.nextLimit(500, took: 7_000) == 500)
        #expect(DrainWork.nextLimit(500, took: 11_000) == 250)
        #expect(DrainWork.nextLimit(50, took: 1_000_000) == 50)
        #expect(DrainWork.nextLimit(20_000, took: 1) == 20_000)
    }
}

/// How far a writer is, and when it should end.
final class Phase: Sendable {
    private let writes = Atomic<Int>(0)
    private let ended = Atomic<Bool>(false)

    var isOver: Bool { ended.load(ordering: .acquiring) }
    func end() { ended.store(true, ordering: .releasing) }
    func count() { writes.add(1, ordering: .releasing) }

    func wait(for count: Int) {
        let target = writes.load(ordering: .acquiring) + count
        while writes.load(ordering: .acquiring) < target { sched_yield() }
    }
}

/// A generator whose numbers follow from its seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
