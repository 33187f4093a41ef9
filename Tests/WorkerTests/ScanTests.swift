// Goal: a scan reports exactly what is durable, and nothing else ever counts as scanned. Method: the real work on a
// real store, one call a test; the ledger and the run files are looked at afterwards.

import Foundation
import Glibc
import Tables
import TestSupport
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Runs
@testable import Worker

@Suite("Scan")
struct ScanTests {
    /// The entries that a result's run holds, read back from its file.
    private func runEntries(_ site: Site, _ result: ScanResult, _ place: Int = 0) throws -> [[UInt8]] {
        guard let run = result.runs[place] else { throw Unexpected(result) }
        let path = RunFolder(environment: site.folder.path).path(job: 1, file: run.file)
        var merger = try RunMerger([RunSource(path: path, summary: run)])
        var entries: [[UInt8]] = []
        while try merger.next() {
            entries.append(merger.withEntry { entry in entry.withUnsafeBytes { Array($0) } })
        }
        return entries
    }

    @Test(
        "S3, P4: the report comes with finished runs that hold every entry of the range",
        arguments: [0, 1, 255, 256, 257, 3_000])
    func wholeRange(count: Int) throws {
        let site = try Site(people(0..<count), indexes: [["email"], ["id"]])
        let result = try site.scan(site.lease())
        #expect(result.interval == .everything)
        #expect(result.records == UInt64(count))
        #expect(result.badRecordsCount == 0)
        #expect(try runEntries(site, result) == Site.entries((0..<count).map { (email($0), $0) }))
        #expect(try runEntries(site, result, 1).count == count)
        #expect(try RunFolder(environment: site.folder.path).unfinished(job: 1).isEmpty)
        #expect(result.snapshotMin <= result.snapshotMax)
        #expect(result.snapshotMax > 0)
    }

    @Test("P7: intervals are half open: a record at a boundary is in exactly one range")
    func boundaries() throws {
        let site = try Site(people(0..<10))
        for (start, end, ids) in [(3, 7, 3..<7), (0, 1, 0..<1), (9, 20, 9..<10), (20, 30, 0..<0)] {
            let result = try site.scan(site.lease(KeyInterval(start: idKey(start), end: idKey(end))))
            #expect(try runEntries(site, result) == Site.entries(ids.map { (email($0), $0) }))
            #expect(result.interval == KeyInterval(start: idKey(start), end: idKey(end)))
        }
    }

    @Test(
        "P1: a scan that is cut anywhere hands over [start, cut) whole, and the rest is found under the rest",
        arguments: [1, 2, 3, 7])
    func cutAnywhere(recordsPerLook: Int) throws {
        let site = try Site(people(0..<20))
        for chunks in 1...(19 / recordsPerLook) {
            let control = try WorkControl()
            let grant = try site.lease()
            var work = site.scanWork(control)
            work.recordsPerLook = recordsPerLook
            work.chunkMicroseconds = 0
            let assignment = try Assignment(grant, in: site.store)
            let harvest = Harvest(assignment, memoryBytes: 8 << 20)
            for _ in 0..<chunks {
                #expect(try work.chunk(from: nil, to: nil, of: assignment, harvest) == .more)
            }
            let seen = chunks * recordsPerLook
            #expect(harvest.records == UInt64(seen))
            control.give(.cut)
            guard let last = harvest.lastKey else { throw Unexpected(harvest) }
            let cut = try work.result(harvest, grant, until: Key(last + [0]))
            #expect(try runEntries(site, cut) == Site.entries((0..<seen).map { (email($0), $0) }))
            let rest = try site.scan(site.lease(KeyInterval(start: cut.interval.end, end: nil)))
            #expect(try runEntries(site, rest) == Site.entries((seen..<20).map { (email($0), $0) }))
        }
    }

    @Test(
        "P1: an order to cut that comes while the scan runs ends it behind some record, and everything before is there")
    func cutWhileRunning() throws {
        let site = try Site(people(0..<5_000))
        for records in [1, 100, 2_000] {
            let control = try WorkControl()
            let grant = try site.lease()
            let orders = Background {
                while control.progress.records < records { sched_yield() }
                control.give(.cut)
            }
            var work = site.scanWork(control)
            work.recordsPerLook = 1
            work.chunkMicroseconds = 0
            guard case .scanned(let result) = try work.run(grant) else { throw Unexpected(grant) }
            try orders.result()
            let seen = Int(result.records)
            #expect(seen >= records)
            #expect(try runEntries(site, result) == Site.entries((0..<seen).map { (email($0), $0) }))
            #expect(seen == 5_000 || result.interval.end.map { $0 > idKey(seen - 1) && $0 < idKey(seen) } == true)
        }
    }

    @Test("P1: an order to cut before the first record gives the lease back; nothing is reported and no run is made")
    func cutAtOnce() throws {
        let site = try Site(people(0..<10))
        let control = try WorkControl()
        control.give(.cut)
        let grant = try site.lease()
        let error = #expect(throws: WorkError.self) { try site.scan(grant, control: control) }
        #expect(error?.kind == .released)
        #expect(try RunFolder(environment: site.folder.path).runs(job: 1).isEmpty)
    }

    @Test("O5: an abandoned scan reports nothing, also when it had everything in hand")
    func abandoned() throws {
        let site = try Site(people(0..<10))
        let control = try WorkControl()
        control.give(.abandon)
        let grant = try site.lease()
        #expect(throws: Abandoned.self) { try site.scan(grant, control: control) }
        // An abandoned work stays abandoned, whatever is ordered later.
        control.give(.work)
        #expect(throws: Abandoned.self) { try site.scan(grant, control: control) }
        let assignment = try Assignment(grant, in: site.store)
        let harvest = Harvest(assignment, memoryBytes: 8 << 20)
        #expect(throws: Abandoned.self) { try site.scanWork(control).result(harvest, grant, until: nil) }
    }

    @Test("a cut behind a key of the greatest length is a place where the next range can begin")
    func longestKeys() throws {
        let site = try Site()
        let texts = ["a", "b", "c"].map { String(repeating: $0, count: 510) }
        try site.put(texts.map { .map([MapEntry("id", .string($0)), MapEntry("email", .string("e"))]) })
        let first = try KeyEncoding.primaryKey(.string(texts[0]))
        #expect(first.count == 511)
        let rest = try site.scan(site.lease(KeyInterval(start: Key(first + [0]), end: nil)))
        #expect(rest.records == 2)
        let before = try site.scan(site.lease(KeyInterval(start: nil, end: Key(first + [0]))))
        #expect(before.records == 1)
    }

    @Test("W9: a chunk that is tried again after it took records takes none of them twice")
    func chunkTwice() throws {
        let site = try Site(people(0..<10))
        let grant = try site.lease()
        let work = site.scanWork(try WorkControl())
        let assignment = try Assignment(grant, in: site.store)
        let harvest = Harvest(assignment, memoryBytes: 8 << 20)
        for _ in 0..<3 { #expect(try work.chunk(from: nil, to: nil, of: assignment, harvest) == .ended) }
        #expect(harvest.records == 10)
        #expect(harvest.entries == 10)
        _ = try work.result(harvest, grant, until: nil)
    }

    @Test("entries that fill the memory cut the range; together the parts hold everything")
    func memory() throws {
        let long = String(repeating: "x", count: 200)
        let tags = { (id: Int) in Value.array((0..<40).map { .string("\(long)-\(id)-\($0)") }) }
        let site = try Site((0..<900).map { person($0, ("tags", tags($0))) }, indexes: [["tags"]])
        var entries = 0
        var records: UInt64 = 0
        var parts = 0
        var start: Key?
        while true {
            let result = try site.scan(site.lease(KeyInterval(start: start, end: nil)), memoryBytes: 1)
            entries += try runEntries(site, result).count
            records += result.records
            parts += 1
            guard let cut = result.interval.end else { break }
            start = cut
        }
        #expect(parts > 3)
        #expect(records == 900)
        #expect(entries == 36_000)
    }

    @Test("ranges that are scanned one after the other on the same memory hold what they hold by themselves")
    func memoryAgain() throws {
        let site = try Site(people(0..<3_000), indexes: [["email"], ["id"]])
        let work = try site.scanWork(WorkControl())
        for bounds in [0..<2_000, 500..<600, 100..<3_000] {
            let interval = KeyInterval(start: idKey(bounds.lowerBound), end: idKey(bounds.upperBound))
            let grant = try site.lease(interval)
            guard case .scanned(let result) = try work.run(grant) else { throw Unexpected(grant.lease) }
            #expect(work.shelf.keptBytes > 0)
            #expect(try runEntries(site, result) == Site.entries(bounds.map { (email($0), $0) }))
            #expect(try runEntries(site, result, 1).count == bounds.count)
        }
    }

    @Test("one record with more entries than the memory makes the memory grow, and loses none of them")
    func recordLargerThanMemory() throws {
        let long = String(repeating: "x", count: 230)
        let tags = Value.array((0..<12_000).map { .string("\(long)\($0)") })
        let site = try Site([person(1, ("tags", tags)), person(2, ("tags", .string("t")))], indexes: [["tags"]])
        let result = try site.scan(site.lease(), memoryBytes: 1)
        #expect(result.interval == .everything)
        #expect(try runEntries(site, result).count == 12_001)
    }

    @Test("a record that one index refuses is listed for it alone and has its entries in the others")
    func badForOne() throws {
        let many = Value.array((0..<33).map { .int($0) })
        let site = try Site(people(0..<3), indexes: [["email"], ["a", "b"]])
        // 33 x 33 entries are more than a composite index takes; single fields take them.
        try site.putRaw(7, person(7, ("email", .string("bad@x")), ("a", many), ("b", many)).messagePack)
        let result = try site.scan(site.lease())
        #expect(result.records == 4)
        #expect(result.badRecords.map(\.index) == [1])
        #expect(result.badRecords.map(\.primaryKey) == [idKey(7)])
        #expect(result.badRecordsCount == 1)
        #expect(try runEntries(site, result).contains(Site.entry([.string("bad@x")], 7)))
    }

    @Test("a malformed record is listed for every index, and the other records are all there")
    func malformed() throws {
        let site = try Site(people(0..<5), indexes: [["email"], ["id"]])
        try site.putRaw(2, [0xc1])
        let result = try site.scan(site.lease())
        #expect(result.badRecords.map(\.index).sorted() == [0, 1])
        #expect(try runEntries(site, result) == Site.entries([0, 1, 3, 4].map { (email($0), $0) }))
    }

    @Test("P1: more bad records than a report lists cut the range, so that every one of them is listed")
    func manyBadRecords() throws {
        let site = try Site(indexes: [["email"], ["id"]])
        for id in 0..<2_500 { try site.putRaw(id, [0xc1]) }
        var listed: Set<Key> = []
        var start: Key?
        var parts = 0
        while true {
            let result = try site.scan(site.lease(KeyInterval(start: start, end: nil)))
            #expect(result.badRecords.count <= ScanResult.badRecordsMax)
            #expect(result.badRecordsCount == UInt64(result.badRecords.count))
            listed.formUnion(result.badRecords.map(\.primaryKey))
            parts += 1
            guard let cut = result.interval.end else { break }
            start = cut
        }
        #expect(listed.count == 2_500)
        #expect(parts == 6)
    }

    @Test("an index that was dropped has no run; another meaning of an index is refused as incompatible")
    func otherCatalog() throws {
        let site = try Site(people(0..<5), indexes: [["email"], ["id"]])
        var grant = try site.lease()
        grant.indexes[1].fingerprint = "something else"
        let error = #expect(throws: WorkError.self) { try site.scan(grant) }
        #expect(error?.kind == .incompatible)
        let name = try site.index(1).fullName
        try site.store.write { try site.store.dropIndex(name, in: $0) }
        let result = try site.scan(site.lease())
        #expect(result.runs[0]?.digest.count == 5)
        #expect(result.runs[1] == nil)
    }

    @Test("S5, P3: a run that cannot be written is a typed failure; nothing is reported, and the range stays unscanned")
    func unwritable() throws {
        let site = try Site(people(0..<100))
        #expect(FileManager.default.createFile(atPath: site.folder.path + "/runs", contents: nil))
        let grant = try site.lease()
        let error = #expect(throws: RunError.self) { try site.scan(grant) }
        #expect(error.map { FailureKind($0) } == .transient)
        #expect(try site.ledger.ranges(of: 1).map(\.state) == [.leased])
        try FileManager.default.removeItem(atPath: site.folder.path + "/runs")
        try site.settle(site.scan(grant))
        #expect(try site.finish() == [.published(entries: 100)])
    }
}

extension Value {
    /// As a record lies in the table.
    var messagePack: [UInt8] {
        var bytes: [UInt8] = []
        appendMessagePack(to: &bytes)
        return bytes
    }
}
