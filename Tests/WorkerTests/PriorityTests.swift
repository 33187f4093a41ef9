// Goal: threads that hold the write lock keep their share of the processors, the others stand back behind applications.
// Method: which claim a thread makes is asked of the threads themselves.

import Backfill
import Glibc
import Runtime
import TestSupport
import Synchronization
import Tables
import Testing
import Values

@testable import Runs
@testable import Supervision
@testable import Worker

@Suite("Priorities of work")
struct PriorityTests {
    @Test("a scan works in the background, loads and drains keep the share that others wait for")
    func ofItems() {
        #expect(WorkDesk.priority(of: .scan(range: 1)) == .background)
        #expect(WorkDesk.priority(of: .load(index: 0)) == .normal)
        #expect(WorkDesk.priority(of: .drain(index: 0)) == .bulk)
    }

    @Test("L4: a loader steps back while it waits for a writer's lock, and only then")
    func ofLoads() throws {
        let site = try Site(people(0..<3_000))
        try site.scanAll()
        guard let run = site.ranges[0].runs[0] else { throw Unexpected(site.ranges) }
        let merge = try MergeThread([RunSource(path: site.runPath(0), summary: run)], after: [])
        defer { merge.stop() }
        guard let batch = merge.nextBatch() else { throw Unexpected(merge) }
        var appender = try site.appender(site.loadGrant(), transactionBytes: 10_000)
        let (holds, letGo) = (Channel<Bool>(capacity: 1), Channel<Bool>(capacity: 1))
        let store = site.store
        let writer = Background {
            try store.write { _ in
                _ = holds.send(true)
                _ = letGo.receive()
            }
        }
        _ = holds.receive()
        let calls = Mutex<[Bool]>([])
        appender.breakOffTurns = { isOn in
            calls.withLock { $0.append(isOn) }
            letGo.close()
        }
        var size = TransactionSize()
        try appender.append(batch, &size)
        try writer.result()
        // Back when it has the lock, and once more however the transaction ends; the many after it saw nobody.
        #expect(calls.withLock { $0 } == [false, true, true])
        #expect(try site.entries().count == 3_000)
    }

    @Test("a merge works in the background of the load that it feeds")
    func ofMerges() throws {
        let site = try Site(people(0..<3_000))
        try site.scanAll()
        guard let run = site.ranges[0].runs[0] else { throw Unexpected(site.ranges) }
        let said = Channel<Int32>(capacity: 100)
        let merge = try MergeThread(
            [RunSource(path: site.runPath(0), summary: run)], after: [],
            lookingUp: { _ = said.send(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)) })
        defer { merge.stop() }
        let mine = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        #expect(said.receive() == min(mine + BlockingThread.backgroundNice, 19))
    }
}
