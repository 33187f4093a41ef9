// Goal: a drain ends although writers are faster than it. Method: the pace as a value; then the real drain and the real
// publishing transaction beside writers that add more in each transaction than a drain removes in one.

import LMDB
import Tables
import TestSupport
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Worker

@Suite("The pace of a drain")
struct DrainPaceTests {
    @Test("a delta that shrinks is drained with a give-way after each turn, however large it is")
    func winning() {
        var pace = DrainPace(rounds: 0)
        var remaining = 1 << 40
        while remaining > 0 {
            #expect(pace.step(nowMicroseconds: 0) == .giveWay)
            remaining -= max(remaining / 20, 1)
            pace.turned(remaining: remaining)
        }
        #expect(!pace.isLosing)
        #expect(pace.holdMicroseconds == DrainWork.holdMicroseconds)
    }

    @Test("one that does not halve in time shuts writers out, for twice as long each time, with turns for them between")
    func losing() {
        var pace = DrainPace(rounds: 0)
        for _ in 0...DrainPace.turnsMax {
            #expect(pace.step(nowMicroseconds: 0) == .giveWay)
            pace.turned(remaining: 1_000_000)
        }
        var now: Int64 = 0
        for length: Int64 in [100_000, 200_000, 400_000, 800_000, 1_600_000, 1_600_000] {
            #expect(pace.step(nowMicroseconds: now) == .shut(microseconds: length))
            #expect(pace.step(nowMicroseconds: now + length - 1) == .goOn)
            now += length
            #expect(pace.step(nowMicroseconds: now) == .open)
        }
        #expect(pace.holdMicroseconds == DrainPace.holdMicrosecondsMax)
        #expect(DrainPace.shutMicrosecondsMax <= Int64(WriterGate.shutMicrosecondsMax))
    }

    @Test("a drain after publishing found the delta too large keeps writers out from its beginning")
    func again() {
        var pace = DrainPace(rounds: 2)
        #expect(pace.step(nowMicroseconds: 5) == .shut(microseconds: 400_000))
        #expect(Ledger.deltaEntriesMax(afterRounds: 0) == Ledger.deltaEntriesMax)
        #expect(Ledger.deltaEntriesMax(afterRounds: 1) == 2 * Ledger.deltaEntriesMax)
        #expect(Ledger.deltaEntriesMax(afterRounds: .max) == Ledger.deltaEntriesMaxLast)
    }

    @Test("L4: where an operator bounds the wait of writers no shutting is longer, the last one included")
    func boundedByOperator() {
        var pace = DrainPace(rounds: 4)
        #expect(pace.step(nowMicroseconds: 0, waitMicrosecondsMax: 10_000) == .shut(microseconds: 10_000))
        #expect(pace.step(nowMicroseconds: 9_999, waitMicrosecondsMax: 10_000) == .goOn)
        #expect(pace.step(nowMicroseconds: 10_000, waitMicrosecondsMax: 10_000) == .open)
        #expect(pace.shutMicrosecondsForPublishing(waitMicrosecondsMax: 10_000) == 10_000)
        #expect(pace.shutMicrosecondsForPublishing(waitMicrosecondsMax: nil) == DrainPace.shutMicrosecondsForPublishing)
        #expect(DrainPace(rounds: 0).shutMicrosecondsForPublishing(waitMicrosecondsMax: nil) == nil)
    }

    // writer   [ 12,000 changes ]        [ 12,000 changes ]        kept out .............. [ ... ]
    // drain                      [ 10 ms]                  [ 10 ms]  [100 ms][100 ms] publish
    @Test("W4, L7: writers that are faster than the drain do not keep an index from becoming ready, and lose nothing")
    func bulkWriters() throws {
        let site = try Site(people(0..<500))
        let store = site.store
        let phase = Phase()
        let writer = Background { () -> Int in
            var count = 0
            while !phase.isOver {
                let records = (0..<12_000).map { person(500 + $0, email: "w\(count)-\($0)@x") }
                try store.write { txn in for record in records { try store.put(record, into: "people", in: txn) } }
                count += 1
                phase.count()
            }
            return count
        }
        try site.scanAll()
        try site.load()
        phase.wait(for: 2)
        var outcome = Backfill.PublishOutcome.deltaTooLarge(0)
        var rounds = 0
        while case .deltaTooLarge = outcome, rounds < 12 {
            try site.drain()
            outcome = try site.publish()
            store.environment.writerGate.open()
            rounds += 1
            var build = site.builds[0]
            build.deltaRounds = UInt32(rounds)
            if case .deltaTooLarge = outcome { try site.set(build) }
        }
        phase.end()
        let batches = try writer.result()
        guard case .published = outcome else { throw Unexpected(outcome) }
        let written = (0..<12_000).map { ("w\(batches - 1)-\($0)@x", 500 + $0) }
        #expect(try site.entries() == Site.entries((0..<500).map { (email($0), $0) } + written))
    }

    @Test("between two transactions the lock is free for a moment, also for writers that do not announce themselves")
    func pause() throws {
        let site = try Site(people(0..<1))
        try site.scanAll()
        let appender = try site.appender(site.loadGrant())
        #expect(site.store.environment.writerGate.waiting == 0)
        let began = ContinuousClock.now
        for _ in 0..<10 { try appender.pauseBetween() }
        #expect(ContinuousClock.now - began >= .microseconds(10 * Appender.pauseMicroseconds))
    }
}
