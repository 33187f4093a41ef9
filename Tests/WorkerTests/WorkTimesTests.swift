// Goal: a piece of work tells how long it was at each of its parts. Method: the real work; which parts took any time.

import Logging
import Tables
import Testing

@testable import Backfill
@testable import Worker

@Suite("Work times")
struct WorkTimesTests {
    @Test("a scan and a load tell the parts that they have, and no others")
    func parts() throws {
        let site = try Site(people(0..<20_000))
        let scanned = try WorkControl()
        try site.settle(site.scan(site.lease(), control: scanned))
        for part in [WorkTimes.Part.scan, .sort, .write, .sync] { #expect(scanned.times[part] > 0, "\(part)") }
        for part in [WorkTimes.Part.merge, .append, .commit, .check] { #expect(scanned.times[part] == 0, "\(part)") }
        let loaded = try WorkControl()
        _ = try site.load(site.loadGrant(), control: loaded)
        for part in [WorkTimes.Part.open, .merge, .append, .commit, .giveWay] {
            #expect(loaded.times[part] > 0, "\(part)")
        }
        #expect(loaded.times[.scan] == 0)
        let told = loaded.times.metadata
        #expect(told["append"] == "\(loaded.times[.append])")
        #expect(told["scan"] == nil)
        #expect(told["transactions"].flatMap { Int("\($0)") } ?? 0 > 0)
    }
}
