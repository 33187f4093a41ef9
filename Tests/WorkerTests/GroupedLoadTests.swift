// Goal: a loader groups an index when its runs are of few values, once and for all loaders after it, wherever one
// stops; and loses nothing either way. Method: the real work on real runs, of fields with few and with many values.

import Foundation
import LMDB
import Runs
import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Worker

@Suite("Grouped loads")
struct GroupedLoadTests {
    private static let records = 6_000

    private static func city(_ id: Int) -> String { "city \(id &* 31 % 6)" }

    /// Records with a field of few values, one of many, and one of few with ids that are mostly text.
    private func site(_ ids: (Int) -> Value = { .int(Int64($0)) }) throws -> Site {
        let people = (0..<Self.records).map { id in
            Value.map([
                MapEntry("id", ids(id)), MapEntry("city", .string(Self.city(id))),
                MapEntry("email", .string(email(id) + "\(id)")),
            ])
        }
        return try Site(people, indexes: [["city"], ["email"], ["city", "email"]])
    }

    private func layout(_ site: Site, _ place: Int = 0) throws -> IndexLayout? { try site.index(place).coming?.layout }

    private var wanted: [[UInt8]] { get throws { try Site.entries((0..<Self.records).map { (Self.city($0), $0) }) } }

    @Test("few values in many ranges: grouped; many values: plain; each loads whole and becomes ready")
    func chooses() throws {
        let site = try site()
        // So small ranges that no run by itself has many entries with one key.
        try site.scanAll(cutAt: Array(stride(from: 40, to: Self.records, by: 40)))
        #expect(try site.finish().allSatisfy { $0 == .published(entries: UInt64(Self.records)) })
        let ready = try (0..<3).map { try site.index($0).ready?.layout }
        #expect(ready == [.grouped, .plain, .plain])
        #expect(try site.entries() == wanted)
        #expect(try site.store.verify("people", repairing: false).isClean)
    }

    @Test("primary keys that are no numbers, or too few entries to matter: plain")
    func staysPlain() throws {
        let texts = try site { .string("id \($0)") }
        try texts.scanAll()
        try texts.load()
        #expect(try layout(texts) == .plain)
        let small = try Site((0..<1_000).map { person($0, ("city", .string("Oslo"))) }, indexes: [["city"]])
        try small.scanAll()
        try small.load()
        #expect(try layout(small) == .plain)
    }

    @Test(
        "what a grouped index takes is foreseen: keys of a few hundred entries have pages for themselves, half empty",
        arguments: [1, 4, 20, 50, 150, 190, 230, 300, 400, 450, 800, 3_000])
    func size(entriesPerKey: Int) throws {
        let site = try Site([], indexes: [["city"]])
        let keys = max(12_000 / entriesPerKey, 4)
        let entries = try Site.entries((0..<keys * entriesPerKey).map { ("city \(10_000 + $0 % keys)", $0) })
        let appender = try site.appender(site.loadGrant(), transactionBytes: 16 << 20)
        try appender.group(site.index())
        try appender.append(batch(entries))
        let measured = try site.store.read { txn in
            try txn.wholeStatistics(of: site.store.entries(of: site.job.indexes[0], in: txn)).bytes
        }
        let foreseen = keys * LayoutSample.groupBytes(entriesPerKey, keyLength: 13)
        #expect(Double(foreseen) > 0.75 * Double(measured) && Double(foreseen) < 1.3 * Double(measured), "\(measured)")
        let plain = entries.reduce(0) { $0 + LayoutSample.nodeBytes($1.count) }
        let isSmaller = Double(foreseen) < 0.75 * Double(plain)
        #expect(isSmaller == ![1, 150, 450].contains(entriesPerKey), "\(foreseen) of \(plain)")
    }

    @Test("keys that would fill pages of their own by half: plain; with some more or some less entries: grouped")
    func sizeDecides() throws {
        for (entriesPerKey, layout) in [(40, IndexLayout.grouped), (150, .plain), (450, .plain), (1_500, .grouped)] {
            let people = (0..<9_000).map { person($0, ("city", .string("city \(10_000 + $0 / entriesPerKey)"))) }
            let site = try Site(people, indexes: [["city"]])
            try site.scanAll(cutAt: [1_000, 5_000])
            try site.load()
            #expect(try self.layout(site) == layout, "\(entriesPerKey)")
        }
    }

    @Test("a few primary keys that are no numbers among many that are: grouped, and whole")
    func fewOthers() throws {
        let site = try site { $0 % 100 == 0 ? .string("id \($0)") : .int(Int64($0)) }
        try site.scanAll(cutAt: [1_000])
        let result = try site.load(site.loadGrant())
        #expect(try layout(site) == .grouped)
        #expect(result.digest == site.ranges.compactMap { $0.runs[0]?.digest }.reduce(EntryDigest.zero, +))
    }

    @Test("O2, O3: a loader whose lease is another's groups nothing")
    func fenced() throws {
        let site = try site()
        try site.scanAll()
        let late = try site.loadGrant()
        let appender = try site.appender(late)
        _ = try site.loadGrant()
        let index = try site.index()
        #expect(throws: Fenced.self) { try appender.group(index) }
        #expect(try layout(site) == .plain)
    }

    @Test("P3, P5: a loader that stopped after grouping, or anywhere in the load, is continued in the same layout")
    func resumes() throws {
        let site = try site()
        try site.scanAll(cutAt: [2_000, 4_000])
        try site.appender(site.loadGrant()).group(site.index())
        #expect(try layout(site) == .grouped && site.entries().isEmpty)
        let all = try wanted
        for stop in [0, 1, 2, 999, 1_000, 1_001, 3_100, Self.records - 1, Self.records] {
            let appender = try site.appender(site.loadGrant())
            try appender.empty()
            #expect(try site.entries().isEmpty)
            if stop > 0 { try appender.append(batch(Array(all[..<stop]))) }
            let control = try WorkControl()
            let result = try site.load(site.loadGrant(), control: control)
            #expect(try site.entries() == all)
            #expect(result.digest.count == UInt64(Self.records))
            #expect(control.progress.entries == UInt64(Self.records - stop), "only what was missing is appended")
            #expect(try layout(site) == .grouped)
        }
        let anew = try site.load(site.loadGrant(restarts: true))
        #expect(try anew.digest.count == UInt64(Self.records) && site.entries() == all && layout(site) == .grouped)
    }

    @Test("a load that began plain goes on plain, whatever its runs are like")
    func continuesPlain() throws {
        let site = try site()
        try site.scanAll()
        try site.appender(site.loadGrant()).append(batch(Array(wanted[..<100])))
        try site.load()
        #expect(try layout(site) == .plain && site.entries() == wanted)
    }

    @Test("S8, S9: entries that no run has show in the digest of a grouped index too")
    func leftovers() throws {
        let site = try site()
        try site.scanAll()
        let appender = try site.appender(site.loadGrant())
        try appender.group(site.index())
        try appender.append(batch([Site.entry([.string("city 0")], -5)]))
        let mixed = try site.load(site.loadGrant())
        #expect(mixed.digest != site.ranges[0].runs[0]?.digest)
    }

    @Test("a damaged run is named while the layout is chosen, so that its range is scanned again")
    func damaged() throws {
        let site = try site()
        try site.scanAll(cutAt: [3_000])
        let path = try site.runPath(1)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[200] ^= 1
        try bytes.write(to: URL(filePath: path))
        let error = #expect(throws: WorkError.self) { try site.load(site.loadGrant()) }
        #expect(error?.kind == .runDamaged(range: 1))
        #expect(try layout(site) == .plain && site.entries().isEmpty)
    }

    @Test("W1, W2: what is written while a grouped index is loaded is in it when it is ready")
    func underWrites() throws {
        let site = try site()
        try site.scanAll(cutAt: [3_000])
        try site.put([person(1, ("city", .string("elsewhere"))), person(9_000, ("city", .string("city 1")))])
        try site.load()
        try site.delete(2)
        try site.put([.map([MapEntry("id", .string("later")), MapEntry("city", .string("city 1"))])])
        try site.drain()
        try site.delete(3)
        #expect(try site.publish() == .published(entries: UInt64(Self.records)))
        #expect(try site.index().ready?.layout == .grouped)
        #expect(try site.store.verify("people", index: "city", repairing: false).isClean)
    }
}
