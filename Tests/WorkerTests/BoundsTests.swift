// Goal: no step of a build holds a lock, a snapshot or its own thread for long, however much there is to do. Method:
// transactions are counted by their ids, with bounds so small that a few entries reach them; no clock is compared.

import Glibc
import Logging
import Runs
import Runtime
import Synchronization
import Tables
import TestSupport
import Testing
import Values

@testable import Backfill
@testable import LMDB
@testable import Worker

@Suite("Bounds")
struct BoundsTests {
    private func transactions(_ site: Site, _ body: () throws -> Void) throws -> Int {
        let before = try site.store.read { $0.id }
        try body()
        return Int(try site.store.read { $0.id } - before)
    }

    private func entries(_ count: Int) throws -> Batch {
        try batch((0..<count).map { Array("entry \(100_000 + $0)".utf8) })
    }

    @Test("L6: a load appends in transactions of a bounded size", arguments: [1, 120, 1_200])
    func appendIsBounded(bytes: Int) throws {
        let site = try Site()
        var appender = try site.appender(site.loadGrant(), transactionBytes: bytes)
        appender.entriesPerLook = 1
        let batch = try entries(1_000)
        #expect(try transactions(site) { try appender.append(batch) } >= 1_000 * 12 / (bytes + 12))
        #expect(try site.entries().count == 1_000)
    }

    @Test("L6: a load's transaction that has its bytes ends at the next look")
    func appendLooksAtBytes() throws {
        let site = try Site()
        let appender = try site.appender(site.loadGrant(), transactionBytes: 1)
        let batch = try entries(4 * Appender.entriesPerLook)
        #expect(try transactions(site) { try appender.append(batch) } == 4)
    }

    @Test("L6: an index is emptied in transactions of a bounded size")
    func emptyingIsBounded() throws {
        let site = try Site()
        let appender = try site.appender(site.loadGrant())
        let count = 2 * Appender.entriesPerRemoval + 1
        try appender.append(try entries(count))
        #expect(try transactions(site) { try appender.empty() } >= 3)
        #expect(try site.entries().isEmpty)
    }

    @Test("L4: a load's transaction ends when it is old, though nobody waits")
    func holdIsBounded() throws {
        let site = try Site()
        var appender = try site.appender(site.loadGrant())
        appender.holdMicroseconds = 0
        let batch = try entries(10 * Appender.entriesPerLook)
        #expect(try transactions(site) { try appender.append(batch) } == 10)
    }

    @Test("L4: a load's transaction ends early when a writer waits")
    func writersComeFirst() throws {
        let site = try Site()
        var appender = try site.appender(site.loadGrant())
        appender.holdMicroseconds = 60_000_000
        appender.patienceMicroseconds = 0
        let count = 10 * Appender.entriesPerLook
        appender.isAwaited = { _ in false }
        #expect(try transactions(site) { try appender.append(try entries(count)) } == 1)
        appender.isAwaited = { _ in true }
        let later = try batch((0..<count).map { Array("later \(100_000 + $0)".utf8) })
        #expect(try transactions(site) { try appender.append(later) } == 10)
    }

    @Test("L4: between two transactions a load waits for those who wait")
    func givesWay() throws {
        let site = try Site()
        let appender = try site.appender(site.loadGrant())
        for _ in 0..<5 {
            site.store.environment.writerGate.announce()
            let began = ShellClock.microseconds()
            try appender.pauseBetween()
            #expect(ShellClock.microseconds() - began >= Int64(Appender.pauseMicroseconds))
        }
    }

    @Test("L5: a scan's snapshot ends with its chunk: the next one sees what was written meanwhile")
    func snapshotsAreShort() throws {
        let site = try Site(people(0..<100))
        let grant = try site.lease()
        let assignment = try Assignment(grant, in: site.store)
        let harvest = Harvest(assignment, memoryBytes: 8 << 20)
        var work = try site.scanWork(WorkControl())
        work.recordsPerLook = 10
        work.chunkMicroseconds = 0
        for chunk in 1...9 {
            #expect(try work.chunk(from: nil, to: nil, of: assignment, harvest) == .more)
            #expect(harvest.records == UInt64(chunk * 10))
            try site.put([person(0, email: "again \(chunk)")])
        }
        #expect(harvest.snapshots.upperBound >= harvest.snapshots.lowerBound + 8)
    }

    @Test("L5: reading an index back takes a new snapshot for each chunk")
    func readBackIsShort() throws {
        let site = try Site()
        let appender = try site.appender(site.loadGrant())
        try appender.append(try entries(100))
        var reading = ReadBack(store: site.store, index: site.job.indexes[0], control: try WorkControl())
        reading.entriesPerLook = 60
        reading.chunkMicroseconds = 0
        let first = try reading.read(after: nil, nil)
        #expect(first.digest.count == 60)
        try appender.append(try batch([Array("later".utf8)]))
        let second = try reading.read(after: first.last, nil)
        #expect(second.digest.count == 41 && second.isEnd)
    }

    @Test("L2: a drain that was slowed down grows back to its size within nine quick transactions")
    func growsBack() {
        var limit = 20_000
        for _ in 0..<20 { limit = DrainWork.nextLimit(limit, took: 1_000_000) }
        #expect(limit == 50)
        for _ in 0..<9 { limit = DrainWork.nextLimit(limit, took: 1) }
        #expect(limit == 20_000)
    }

    /// A write lock that a thread holds until it is told to let go, or for ten seconds.
    private final class HeldLock: Sendable {
        private let state = Atomic<Int>(0)
        var isHeld: Bool { state.load(ordering: .acquiring) == 1 }
        func release() { state.store(2, ordering: .releasing) }

        func hold() {
            guard state.compareExchange(expected: 0, desired: 1, ordering: .acquiringAndReleasing).exchanged else {
                return
            }
            let deadline = ShellClock.microseconds() + 10_000_000
            while isHeld, ShellClock.microseconds() < deadline { sched_yield() }
            release()
        }
    }

    @Test("L3: a load that waits for the write lock leaves the thread free that talks with the coordinator")
    func neverDeaf() throws {
        let site = try Site(people(0..<10))
        try site.scanAll()
        let process = try WorkerProcess(
            store: site.store, settings: WorkerProcess.Settings(endpoint: "ipc://nobody"), log: Logger(label: "test"))
        let desk = WorkDesk(process)
        let grant = try site.loadGrant(restarts: true)
        let lock = HeldLock()
        let store = site.store
        let holder = Background { try store.write { _ in lock.hold() } }
        while !lock.isHeld { sched_yield() }
        desk.start(grant)
        #expect(lock.isHeld, "the work waits for the lock, and starting it did not")
        lock.release()
        try holder.result()
        var mail: [WorkerProcess.Mail] = []
        while mail.isEmpty {
            _ = process.mailbox.bell.wait(milliseconds: 1_000)
            mail = process.mailbox.takeAll()
        }
        guard case .finished(.failed(let failure)) = mail[0] else { throw Unexpected(mail) }
        #expect(failure.kind == .released, "the lease is another's, as its first transaction found")
        desk.ended(failure.lease)
    }

    @Test("a worker that has had no work for a while gives the memory of its scans back")
    func rest() throws {
        let site = try Site(people(0..<10))
        let process = try WorkerProcess(
            store: site.store, settings: WorkerProcess.Settings(endpoint: "ipc://nobody"), log: Logger(label: "test"))
        let desk = WorkDesk(process)
        let grant = try site.lease()
        let start = Instant(milliseconds: 1_000_000)
        desk.start(grant)
        desk.rest(at: start)
        while process.mailbox.takeAll().isEmpty { _ = process.mailbox.bell.wait(milliseconds: 1_000) }
        #expect(process.shelf.keptBytes > 0)
        // At work, as far as the desk knows, however long it takes.
        desk.rest(at: start.advanced(byMilliseconds: 60_000))
        #expect(process.shelf.keptBytes > 0)
        desk.ended(grant.lease)
        for (millis, isKept) in [(60_001, true), (61_000, true), (61_001, false)] {
            desk.rest(at: start.advanced(byMilliseconds: Int64(millis)))
            #expect((process.shelf.keptBytes > 0) == isKept)
        }
    }
}
