// Goal: threads that hold the write lock keep their share of the processors, the others stand back behind applications.
// Method: which claim a thread makes is asked of the threads themselves.

import Backfill
import Dispatch
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
        let (holds, steppedBack) = (Channel<Bool>(capacity: 1), DispatchSemaphore(value: 0))
        let store = site.store
        let writer = Background {
            try store.write { _ in
                _ = holds.send(true)
                // A loader that never steps back fails this test, and does not stop all others.
                return steppedBack.wait(timeout: .now() + .seconds(60))
            }
        }
        _ = holds.receive()
        let calls = Mutex<[Bool]>([])
        appender.breakOffTurns = { isOn in
            calls.withLock { $0.append(isOn) }
            steppedBack.signal()
        }
        var size = TransactionSize()
        try appender.append(batch, &size)
        #expect(try writer.result() == .success)
        // Back when it has the lock, and once more however the transaction ends; the many after it saw nobody.
        #expect(calls.withLock { $0 } == [false, true, true])
        #expect(try site.entries().count == 3_000)
    }

    @Test("L4: a scan leaves its processor to writers while it reads, while it sorts and while it writes a run")
    func ofScans() throws {
        let site = try Site(people(0..<20_000))
        let control = try WorkControl()
        let parts = Mutex<Set<String>>([])
        var work = site.scanWork(control)
        work.yield = { _ in
            let isRead = control.progress.records == 20_000
            let part = isRead ? (control.times[.sort] > 0 ? "write" : "sort") : "read"
            parts.withLock { _ = $0.insert(part) }
        }
        guard case .scanned(let result) = try work.run(site.lease()) else { throw Unexpected(work) }
        #expect(result.records == 20_000)
        #expect(parts.withLock { $0 } == ["read", "sort", "write"])
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
