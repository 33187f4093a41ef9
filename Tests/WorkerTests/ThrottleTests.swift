// Goal: work stays within what an operator allows, from the next transaction on, and no pause outlasts an order.
// Method: the governor is fed waits; the pace is measured from below only, since a machine may be slow but not early.

import Tables
import Testing
import Values

@testable import Backfill
@testable import LMDB
@testable import Runtime
@testable import Worker

@Suite("Throttle")
struct ThrottleTests {
    /// Waits of so many writers in the class of 1,024 microseconds, and so many of 16,384.
    private func waits(short: UInt64, long: UInt64) -> WriterWaits {
        var waits = WriterWaits.none
        waits.add(short, ofMicroseconds: 1_024)
        waits.add(long, ofMicroseconds: 16_384)
        return waits
    }

    @Test("L4: the governor backs off at once when writers wait too long, and grows back within 30 s when they do not")
    func governor() {
        var governor = WaitGovernor()
        var now: Int64 = 0
        var (short, long): (UInt64, UInt64) = (0, 0)
        func window(_ moreShort: UInt64, _ moreLong: UInt64) {
            (short, long) = (short + moreShort, long + moreLong)
            now += WaitGovernor.windowMicroseconds
            governor.note(waits(short: short, long: long), boundMicroseconds: 10_000, atMicroseconds: now)
        }
        window(50, 5)
        #expect(governor.share == 1, "what was before the first look counts for nothing")
        window(50, 0)
        #expect(governor.share == 1)
        window(50, 1)
        #expect(governor.share == 0.5, "one of fifty is more than one in a hundred")
        window(200, 1)
        #expect(governor.share > 0.5, "one of two hundred is not")
        for _ in 0..<20 { window(0, 10) }
        #expect(governor.share == WaitGovernor.shareMin)
        #expect(governor.pauseMicroseconds(afterHold: 2_500) == 247_500)
        let began = now
        while governor.share < 1 { window(50, 0) }
        #expect(now - began <= 30_000_000)
        #expect(governor.pauseMicroseconds(afterHold: 2_500) == 0)
    }

    @Test("a scan under a pace takes as long as that allows, and all records are in it")
    func pacedScan() throws {
        let site = try Site(people(0..<300))
        try site.store.write { try site.store.setThrottle(Throttle(recordsPerSecond: 1_000), in: $0) }
        let began = ShellClock.microseconds()
        let result = try site.scan(site.lease())
        #expect(result.records == 300)
        #expect(ShellClock.microseconds() - began >= 290_000)
    }

    @Test("the pace is that of the strictest index of a job, and ends with its time")
    func strictest() throws {
        let site = try Site(people(0..<10), indexes: [["email"], ["id"]])
        let store = site.store
        try store.write { txn in
            try store.setThrottle(Throttle(maxWriterWaitMicros: 9, recordsPerSecond: 700), in: txn)
            try store.setThrottle(Throttle(recordsPerSecond: 500), of: "people.id", in: txn)
            try store.setThrottle(Throttle(maxWriterWaitMicros: 5, untilMillis: 1_000), of: "people.email", in: txn)
        }
        let indexes = site.job.indexes.map(\.index)
        let allowed = { (millis: Int64) in
            try store.read { try store.throttle(ofAll: indexes, atMillis: millis, in: $0) }
        }
        #expect(try allowed(999) == Throttle(maxWriterWaitMicros: 5, recordsPerSecond: 500))
        #expect(try allowed(1_000) == Throttle(maxWriterWaitMicros: 9, recordsPerSecond: 500))
        try store.write { try store.setThrottle(.off, of: "people.id", in: $0) }
        #expect(try allowed(1_000) == Throttle(maxWriterWaitMicros: 9, recordsPerSecond: 700))
        #expect(throws: GaplessError.self) { try store.write { try store.setThrottle(.off, of: "people.no", in: $0) } }
    }

    @Test("O5: a pause for the pace ends at an order, and when the pace is taken off", arguments: [true, false])
    func pauses(isOrder: Bool) throws {
        let site = try Site()
        try site.store.write { try site.store.setThrottle(Throttle(recordsPerSecond: 1), in: $0) }
        let control = try WorkControl()
        let throttling = Throttling(store: site.store, indexes: site.job.indexes.map(\.index), control: control)
        #expect(try throttling.limit() == 1)
        let began = ShellClock.microseconds()
        if isOrder {
            control.give(.abandon)
        } else {
            try site.store.write { try site.store.setThrottle(.off, in: $0) }
        }
        try throttling.took(600)
        #expect(ShellClock.microseconds() - began < 300_000_000, "600 s were to be waited for")
        if isOrder { #expect(throws: Abandoned.self) { try control.check() } }
    }

    @Test("a load under a pace and a bound on waits is whole")
    func load() throws {
        let site = try Site(people(0..<400))
        try site.scanAll()
        try site.store.write {
            try site.store.setThrottle(Throttle(maxWriterWaitMicros: 2_000, recordsPerSecond: 2_000), in: $0)
        }
        let began = ShellClock.microseconds()
        try site.load()
        #expect(ShellClock.microseconds() - began >= 190_000)
        #expect(try site.entries().count == 400)
        try site.drain()
        #expect(try site.publish() == .published(entries: 400))
    }
}
