// Goal: what the ledger stores is stored whole, once, and only for whoever holds office. Method: rows in, rows out,
// on a
// real environment; what is stored is compared before and after each refusal.

import Foundation
import Glibc
import LMDB
import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger

@Suite("Ledger")
struct LedgerTests {
    @Test("O2: every office has an epoch of its own, higher than any before, also over a restart")
    func office() throws {
        let folder = try TemporaryFolder()
        var last: Epoch = 0
        for pid in Int32(1)...3 {
            let ledger = Ledger(try openStore(folder))
            if pid == 1 { #expect(try ledger.office() == nil) }
            for _ in 0..<2 {
                let office = try ledger.takeOffice(incarnation(pid), program: "p\(pid)")
                #expect(office.epoch == last + 1)
                last = office.epoch
                #expect(try ledger.office() == office)
            }
        }
    }

    @Test("a ledger of a later format is neither read nor written, and says both numbers")
    func newerFormat() throws {
        let world = try Proven()
        try world.store.write { txn in
            let database = try txn.database(Ledger.databaseName)
            #expect(try txn.value(of: Row.format, in: database) == Array("gapless-ledger 1".utf8))
            try txn.put(Row.format, Array("gapless-ledger 2".utf8), in: database)
        }
        let before = try world.contents()
        for body in [
            { _ = try world.ledger.takeOffice(incarnation(1), program: "test") },
            { _ = try world.ledger.office() }, { _ = try world.ledger.images() },
            { try world.ledger.commit([.job(world.job)], epoch: world.epoch) },
            { _ = try world.ledger.history(of: "people.email") },
        ] {
            let error = #expect(throws: GaplessError.self) { try body() }
            #expect(error?.code == .incompatibleVersion)
            #expect(error?.message.contains("format 2") == true && error?.message.contains("up to 1") == true)
        }
        #expect(try world.contents() == before)
        try world.store.write { txn in _ = try txn.delete(Row.format, in: txn.database(Ledger.databaseName)) }
        #expect(try world.ledger.office()?.epoch == world.epoch, "without a format it is of the first")
    }

    @Test("O2: a commit under another epoch is fenced and stores nothing of what it holds")
    func fencedCommit() throws {
        let world = try Proven()
        let successor = try world.ledger.takeOffice(incarnation(100), program: "test").epoch
        let before = try world.contents()
        world.build.stage = .cancelled
        let writes: [LedgerWrite] = [
            .build(world.build), .job(world.job), .range(world.ranges[0]),
            .blocked(table: 1, index: world.job.indexes[0], reason: "r"),
        ]
        for epoch in [world.epoch, successor + 1, 0] {
            let error = #expect(throws: Fenced.self) { try world.ledger.commit(writes, epoch: epoch) }
            guard case .office(let office?) = error else { throw Fenced.office(nil) }
            #expect(office.epoch == successor)
            #expect(throws: Fenced.self) { try world.ledger.remove(job: 1, epoch: epoch) }
        }
        #expect(try world.contents() == before)
        try world.ledger.commit(writes, epoch: successor)
        #expect(try world.contents() != before)
    }

    @Test("nobody commits before somebody took office")
    func noOffice() throws {
        let folder = try TemporaryFolder()
        let ledger = Ledger(try openStore(folder))
        let row = JobRow(id: 1, table: 1, indexes: [], openedAt: Instant(milliseconds: 1), recordsTotal: 0)
        #expect(throws: (any Error).self) { try ledger.commit([.job(row)], epoch: 1) }
        #expect(try ledger.images().isEmpty)
    }

    @Test("P5: what is stored of a job is read back as it was, after a restart too")
    func images() throws {
        let world = try Proven()
        world.ranges[1].history = [
            AttemptRow(
                attempt: 1, owner: incarnation(3), outcome: .died, error: "\"x\"\n", at: Instant(milliseconds: 5))
        ]
        world.job.frontier = try idKey(4)
        try world.storeRows()
        let image = JobImage(row: world.job, ranges: world.ranges, builds: [world.build])
        #expect(try world.ledger.images() == [image])
        #expect(try world.ledger.latestImage(ofIndex: world.index.id) == image)
        #expect(try world.ledger.latestImage(ofIndex: 1_000) == nil)
        #expect(try world.ledger.ranges(of: 1) == world.ranges)
        #expect(try world.ledger.ranges(of: 2).isEmpty)
    }

    @Test("P7: rows of many ranges come back in the order of their numbers", arguments: [0, 1, 255, 256, 257, 1_025])
    func manyRanges(count: Int) throws {
        let world = try Proven()
        let row = JobRow(id: 2, table: 1, indexes: [], openedAt: Instant(milliseconds: 1), recordsTotal: 0)
        let ranges = (0..<count).map { RangeRow(job: 2, id: RangeID($0), interval: .everything, records: UInt64($0)) }
        try world.ledger.commit([.job(row)] + ranges.map(LedgerWrite.range), epoch: world.epoch)
        #expect(try world.ledger.ranges(of: 2) == ranges)
        #expect(try world.ledger.images().map(\.row.id) == [1, 2])
        #expect(try world.ledger.images()[1].ranges.count == count)
    }

    @Test("a job's number is never used again, also when its rows are gone")
    func jobNumbers() throws {
        let world = try Proven()
        for id in [JobID(7), 3] {
            let row = JobRow(id: id, table: 1, indexes: [], openedAt: Instant(milliseconds: 1), recordsTotal: 0)
            try world.ledger.commit([.job(row)], epoch: world.epoch)
        }
        for job in [JobID(1), 3, 7] { try world.ledger.remove(job: job, epoch: world.epoch) }
        #expect(try world.ledger.images().isEmpty)
        #expect(try world.ledger.takeOffice(incarnation(1), program: "").nextJob == 8)
    }

    @Test("removing a job leaves the others alone, and can be repeated", arguments: [0, 499, 500, 501, 1_200])
    func removal(count: Int) throws {
        let world = try Proven()
        for job in [JobID(2), 3] {
            let row = JobRow(id: job, table: 1, indexes: [], openedAt: Instant(milliseconds: 1), recordsTotal: 0)
            let ranges = (0..<count).map { RangeRow(job: job, id: RangeID($0), interval: .everything, records: 1) }
            try world.ledger.commit([.job(row)] + ranges.map(LedgerWrite.range), epoch: world.epoch)
        }
        for _ in 0..<2 { try world.ledger.remove(job: 2, epoch: world.epoch) }
        #expect(try world.ledger.images().map(\.row.id) == [1, 3])
        #expect(try world.ledger.ranges(of: 2).isEmpty)
        #expect(try world.ledger.ranges(of: 3).count == count)
    }

    @Test("P3: an open job with a missing row is refused as corrupt; of one that is over nothing is asked")
    func missingRows() throws {
        for row in [Row.range(1, 0), Row.range(1, 1), Row.build(1, 0)] {
            let world = try Proven()
            let isDeleted = try world.store.write { try $0.delete(row, in: $0.database(Ledger.databaseName)) }
            #expect(isDeleted)
            let error = #expect(throws: GaplessError.self) { try world.ledger.images() }
            #expect(error?.code == .corrupt)
            world.job.state = .done
            try world.ledger.commit([.job(world.job)], epoch: world.epoch)
            #expect(try world.ledger.images().count == 1)
        }
    }

    @Test("a row that cannot be read is corrupt, never absent")
    func unreadable() throws {
        for row in [Row.job(1), Row.range(1, 1), Row.build(1, 0), Row.office] {
            let world = try Proven()
            try world.store.write { txn in try txn.put(row, Array("{}".utf8), in: txn.database(Ledger.databaseName)) }
            let error = #expect(throws: GaplessError.self) {
                _ = try world.ledger.images()
                _ = try world.ledger.office()
            }
            #expect(error?.code == .corrupt)
            #expect(throws: GaplessError.self) { try world.publish() }
            #expect(try world.state == .building)
        }
    }

    @Test("P6: a commit that fails on a full disk stores nothing, and the same commit later stores all of it")
    func failsOnce() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let world = try Proven()
            let before = try world.contents()
            let ranges = (3..<400).map { RangeRow(job: 1, id: RangeID($0), interval: .everything, records: 1) }
            world.build.stage = .waiting
            let writes = ranges.map(LedgerWrite.range) + [.build(world.build)]
            for _ in 0..<3 {
                var limit = rlimit(rlim_cur: 16_384, rlim_max: rlim_t.max)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                let outcome = Result { try world.ledger.commit(writes, epoch: world.epoch) }
                limit.rlim_cur = rlim_t.max
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                guard case .failure(let error) = outcome, (error as? LMDBError)?.isTransient == true else { exit(2) }
                guard try world.contents() == before else { exit(3) }
            }
            try world.ledger.commit(writes, epoch: world.epoch)
            let image = try world.ledger.images()[0]
            guard image.ranges.count == 400, image.builds == [world.build] else { exit(4) }
        }
    }

    @Test("the catalog's word reaches the core: what is building, paused or blocked is demanded, nothing else")
    func demands() throws {
        let world = try Proven()
        let index = world.job.indexes[0]
        #expect(
            try world.ledger.demands() == [
                Demand(
                    table: world.job.table, index: index, state: .building, records: 6,
                    extractorVersion: EntryExtractor.version)
            ])
        try world.store.write { try world.store.setPaused(world.index, generation: 1, in: $0) }
        #expect(try world.ledger.demands().map(\.state) == [.paused])
        try world.store.write { try world.store.setBuilding(world.index, generation: 1, in: $0) }
        try world.ledger.commit([.blocked(table: 1, index: index, reason: "why")], epoch: world.epoch)
        #expect(try world.ledger.demands().map(\.state) == [.blocked(badRecords: 0)])
        try world.ledger.commit([.blocked(table: 1, index: index, reason: nil)], epoch: world.epoch)
        #expect(try world.publish() == .published(entries: 6))
        #expect(try world.ledger.demands().isEmpty)
    }

    @Test("E5: what is said of an index that was dropped meanwhile is passed over; the rest of the commit is stored")
    func droppedIndex() throws {
        let world = try Proven()
        try world.store.write { try world.store.dropIndex("people.email", in: $0) }
        world.build.stage = .cancelled
        let index = world.job.indexes[0]
        let bad = Backfill.BadRecord(index: 0, primaryKey: try idKey(1), error: "e")
        try world.ledger.commit(
            [
                .badRecords(table: 1, index: index, [bad]), .blocked(table: 1, index: index, reason: "r"),
                .blocked(table: 1, index: index, reason: nil), .build(world.build),
            ], epoch: world.epoch)
        #expect(try world.ledger.images()[0].builds[0].stage == .cancelled)
    }
}
