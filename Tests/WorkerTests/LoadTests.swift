// Goal: what a load reports as loaded is what its runs hold, whatever was in the index before and wherever an earlier
// load stopped; and a run that is not what the ledger says never gets in. Method: the real work, on runs that real
// scans wrote, some of them damaged.

import Foundation
import LMDB
import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Runs
@testable import Worker

@Suite("Load")
struct LoadTests {
    private func wanted(_ count: Int) throws -> [[UInt8]] { try Site.entries((0..<count).map { (email($0), $0) }) }

    /// Puts entries into an index, as an earlier loader did.
    private func append(_ entries: some Collection<[UInt8]>, to site: Site) throws {
        let name = site.indexDatabase()
        try site.store.write { txn in
            let database = try txn.database(name)
            for entry in entries { try txn.put(entry, [], in: database, .append) }
        }
    }

    @Test(
        "runs of any number load in order and are read back whole", arguments: [[], [500], [1, 2, 3, 500, 998, 999]])
    func loads(cuts: [Int]) throws {
        let site = try Site(people(0..<1_000))
        try site.scanAll(cutAt: cuts)
        let result = try site.load(site.loadGrant())
        #expect(try site.entries() == wanted(1_000))
        #expect(result.digest.count == 1_000)
        let sum = site.ranges.compactMap { $0.runs[0]?.digest }.reduce(EntryDigest.zero, +)
        #expect(result.digest == sum)
    }

    @Test("P7: an empty table and ranges without records load to an empty index")
    func empty() throws {
        let site = try Site()
        try site.scanAll(cutAt: [5, 10])
        #expect(try site.load(site.loadGrant()).digest == .zero)
        #expect(try site.entries().isEmpty)
    }

    @Test("P5: a load that stopped anywhere is continued to the same index, and no entry is appended twice")
    func resumes() throws {
        let site = try Site(people(0..<300))
        try site.scanAll(cutAt: [100, 200])
        let all = try wanted(300)
        for stop in [0, 1, 2, 99, 150, 299, 300] {
            _ = try site.appender(site.loadGrant()).empty()
            try append(all[..<stop], to: site)
            let control = try WorkControl()
            let result = try site.load(site.loadGrant(), control: control)
            #expect(try site.entries() == all)
            #expect(result.digest.count == 300)
            #expect(control.progress.entries == UInt64(300 - stop), "only what was missing is appended")
        }
    }

    @Test("S8, S9: leftovers are not certified: the digest shows them, and a restart begins from empty")
    func leftovers() throws {
        let site = try Site(people(0..<50))
        try site.scanAll()
        let stray = try Site.entry([.string("a stray")], 7)
        try append([stray], to: site)
        let mixed = try site.load(site.loadGrant())
        #expect(mixed.digest != site.ranges[0].runs[0]?.digest)
        let anew = try site.load(site.loadGrant(restarts: true))
        #expect(try site.entries() == wanted(50))
        #expect(anew.digest == site.ranges[0].runs[0]?.digest)
    }

    @Test("emptying an index of any size leaves nothing", arguments: [0, 1, 4_999, 5_000, 5_001])
    func empties(count: Int) throws {
        let site = try Site()
        try append((0..<count).map { Array("k\(100_000 + $0)".utf8) }, to: site)
        try site.appender(site.loadGrant()).empty()
        #expect(try site.entries().isEmpty)
    }

    enum Damage: String, CaseIterable {
        case missing, truncated, empty, flippedByte, flippedFooter, otherRange, otherAttempt
    }

    @Test("S5, P3: a damaged run names its range and never completes a load", arguments: Damage.allCases)
    func damage(_ damage: Damage) throws {
        let site = try Site(people(0..<3_000))
        try site.scanAll(cutAt: [1_000, 2_000])
        try apply(damage, to: site)
        let grant = try site.loadGrant()
        let error = #expect(throws: WorkError.self) { try site.load(grant) }
        #expect(error?.kind == .runDamaged(range: 1))
        // The range is scanned again, and the load begins anew.
        try site.settle(site.scan(site.lease(site.ranges[1])))
        let result = try site.load(site.loadGrant(restarts: true))
        #expect(try site.entries() == wanted(3_000))
        #expect(result.digest.count == 3_000)
    }

    @Test("S5: damage that only shows in the middle of a merge, behind batches that were appended, is no end of it")
    func damageBehind() throws {
        let site = try Site((0..<30_000).map { person($0, email: "\($0)" + String(repeating: "x", count: 200)) })
        try site.settle(site.scan(site.lease(), memoryBytes: 64 << 20))
        let url = URL(fileURLWithPath: try site.runPath(0))
        let sound = try Data(contentsOf: url)
        var bytes = sound
        // Between the blocks that are looked at to choose a layout.
        bytes[bytes.count / 32 * 27] ^= 1
        try bytes.write(to: url)
        let control = try WorkControl()
        let grant = try site.loadGrant()
        let error = #expect(throws: WorkError.self) { try site.load(grant, control: control) }
        #expect(error?.kind == .runDamaged(range: 0))
        let left = try site.entries().count
        #expect(left > 0 && left < 30_000)
        try sound.write(to: url)
        #expect(try site.load(site.loadGrant()).digest == site.ranges[0].runs[0]?.digest)
    }

    private func apply(_ damage: Damage, to site: Site) throws {
        let path = try site.runPath(1)
        let url = URL(fileURLWithPath: path)
        switch damage {
        case .missing: try FileManager.default.removeItem(at: url)
        case .empty: try Data().write(to: url)
        case .truncated: try Data(contentsOf: url).dropLast(10).write(to: url)
        case .flippedByte, .flippedFooter:
            var bytes = try Data(contentsOf: url)
            bytes[damage == .flippedByte ? 200 : bytes.count - 20] ^= 1
            try bytes.write(to: url)
        case .otherRange: try Data(contentsOf: URL(fileURLWithPath: site.runPath(2))).write(to: url)
        case .otherAttempt:
            // A sound run of the same range and the same entries, under an attempt that the ledger does not name.
            var range = site.ranges[1]
            range.attempt += 1
            try site.set(range)
        }
    }

    @Test("P3: a load without every range scanned and a run for the index in each does not begin")
    func missingRuns() throws {
        for (state, hasRuns) in [(RangeRow.State.pending, true), (.leased, true), (.failed, true), (.scanned, false)] {
            let site = try Site(people(0..<10))
            try site.scanAll(cutAt: [5])
            var range = site.ranges[1]
            range.state = state
            if !hasRuns { range.runs = [nil] }
            try site.set(range)
            let grant = try site.loadGrant()
            #expect(throws: WorkError.self) { try site.load(grant) }
            #expect(try site.entries().isEmpty)
        }
    }

    @Test("S2: an entry that is in two runs ends the merge with an error, not the load with success")
    func doubled() throws {
        let site = try Site(people(0..<10))
        try site.settle(site.scan(site.lease()))
        try site.settle(site.scan(site.lease()))
        let grant = try site.loadGrant()
        let error = #expect(throws: RunError.self) { try site.load(grant) }
        #expect(error?.code == .equalEntry)
        #expect(error.map { FailureKind($0) } == .permanent)
    }

    @Test("W8: each index of a job is loaded from its own runs")
    func twoIndexes() throws {
        let site = try Site(people(0..<100), indexes: [["email"], ["id"]])
        try site.scanAll(cutAt: [30])
        try site.load(1)
        #expect(try site.entries(0).isEmpty)
        #expect(try site.entries(1) == (0..<100).map { try Site.entry([.int(Int64($0))], $0) })
        try site.load(0)
        #expect(try site.entries(0) == wanted(100))
    }

    @Test("S7: a load that is cut gives its work back, and keeps what it appended for the next")
    func cut() throws {
        let site = try Site(people(0..<100))
        try site.scanAll()
        let control = try WorkControl()
        control.give(.cut)
        let grant = try site.loadGrant()
        let error = #expect(throws: WorkError.self) { try site.load(grant, control: control) }
        #expect(error?.kind == .released)
        control.give(.abandon)
        #expect(throws: Abandoned.self) { try site.load(grant, control: control) }
        #expect(try site.load(site.loadGrant()).digest.count == 100)
    }

    @Test("reading back in chunks of any size counts every entry once")
    func readBack() throws {
        let site = try Site(people(0..<257))
        try site.scanAll()
        let digest = try site.load(site.loadGrant()).digest
        for entriesPerLook in [1, 2, 16, 256, 257, 258] {
            var readBack = ReadBack(
                store: site.store, index: site.job.indexes[0], control: try WorkControl(), chunkMicroseconds: 0,
                entriesPerLook: entriesPerLook)
            #expect(try readBack.run() == digest)
        }
    }

    @Test("S5: reading back sees an entry that is missing, one too many, and one that differs")
    func readBackDiffers() throws {
        let site = try Site(people(0..<50))
        try site.scanAll()
        let digest = try site.load(site.loadGrant()).digest
        let (name, all) = (site.indexDatabase(), try site.entries())
        for change in 0..<3 {
            try site.store.write { txn in
                let database = try txn.database(name)
                if change != 1 { _ = try txn.delete(all[20], in: database) }
                if change != 0 { try txn.put(all[20] + [1], [], in: database) }
            }
            #expect(try Self.readBack(site) != digest)
            try site.store.write { txn in
                let database = try txn.database(name)
                _ = try txn.delete(all[20] + [1], in: database)
                try txn.put(all[20], [], in: database)
            }
            #expect(try Self.readBack(site) == digest)
        }
    }

    private static func readBack(_ site: Site) throws -> EntryDigest {
        var readBack = ReadBack(store: site.store, index: site.job.indexes[0], control: try WorkControl())
        return try readBack.run()
    }

    @Test("S3: reading back behind a load counts what is committed while it reads, and nothing before it is")
    func readBehind() throws {
        let site = try Site()
        let all = try wanted(500)
        let control = try WorkControl()
        let thread = try ReadBackThread(
            ReadBack(
                store: site.store, index: site.job.indexes[0], control: control, chunkMicroseconds: 0,
                entriesPerLook: 7))
        defer { thread.stop() }
        for start in stride(from: 0, to: 500, by: 50) {
            try append(all[start..<start + 50], to: site)
            thread.follow()
        }
        let digest = try thread.finish()
        #expect(try digest == Self.readBack(site) && digest.count == 500)
    }

    @Test("S5: an error while reading back behind a load ends it, and so does an order to cut; no digest comes of it")
    func readBehindFails() throws {
        let site = try Site()
        try append(wanted(10), to: site)
        var unknown = site.job.indexes[0]
        unknown.index = 999
        let broken = try ReadBackThread(ReadBack(store: site.store, index: unknown, control: try WorkControl()))
        broken.follow()
        #expect(throws: (any Error).self) { try broken.finish() }
        let control = try WorkControl()
        control.give(.cut)
        let cut = try ReadBackThread(ReadBack(store: site.store, index: site.job.indexes[0], control: control))
        #expect(throws: WorkError.self) { try cut.finish() }
        let stopped = try ReadBackThread(
            ReadBack(store: site.store, index: site.job.indexes[0], control: try WorkControl()))
        stopped.stop()
        #expect(throws: Abandoned.self) { try stopped.finish() }
    }

    /// One run of more batches than are in circulation.
    private static func siteOfManyBatches() throws -> Site {
        let site = try Site((0..<60_000).map { person($0, email: "\($0)" + String(repeating: "x", count: 200)) })
        try site.settle(site.scan(site.lease(), memoryBytes: 64 << 20))
        return site
    }

    @Test("S5: a merge that was stopped early is an error; only the end of the runs is the end")
    func stoppedMerge() throws {
        let site = try Self.siteOfManyBatches()
        guard let run = site.ranges[0].runs[0] else { throw Unexpected(site.ranges) }
        let merge = try MergeThread([RunSource(path: site.runPath(0), summary: run)], after: [])
        guard let batch = merge.nextBatch() else { throw Unexpected(merge) }
        #expect(batch.entries.count < 60_000)
        merge.stop()
        #expect(throws: Abandoned.self) { try merge.finish() }
    }

    @Test("L7: a merge that nobody takes from can be stopped at any time, before, in the middle and at its end")
    func stopsAnywhere() throws {
        let site = try Self.siteOfManyBatches()
        guard let run = site.ranges[0].runs[0] else { throw Unexpected(site.ranges) }
        for taken in 0..<6 {
            let merge = try MergeThread([RunSource(path: site.runPath(0), summary: run)], after: [])
            for _ in 0..<taken { merge.nextBatch().map(merge.recycle) }
            merge.stop()
        }
    }
}
