// Goal: one coordinator at a time, each with an epoch of its own; a full disk stops neither it nor the build for good.
// Method: coordinators on threads of this process, or of a child whose file size limit is lowered.

import Glibc
import LMDB
import Runtime
import Synchronization
import Tables
import TestSupport
import Testing

@testable import Backfill
@testable import Coordinator
@testable import Ledger

@Suite("Coordinator process")
struct ProcessTests {
    /// Something that one thread waits for and another brings about.
    private final class Count: Sendable {
        private let count = Atomic<Int>(0)
        func raise() { count.add(1, ordering: .releasing) }
        func wait(for wanted: Int) { while count.load(ordering: .acquiring) < wanted { sched_yield() } }
    }

    @Test("O2: a second coordinator is refused; a standby takes over with the next epoch when the first leaves")
    func takeover() throws {
        let desk = try Desk()
        let ready = Count()
        let first = try desk.process { ready.raise() }
        let running = Background { try first.run() }
        ready.wait(for: 1)
        #expect(try LiveStatus.isCoordinatorRunning(in: desk.folder))
        let second = try desk.process()
        let error = #expect(throws: GaplessError.self) { try second.run() }
        #expect(error?.code == .coordinatorRunning)
        #expect(error?.message.contains("epoch 1") == true)
        let standby = try desk.process(isStandby: true) { ready.raise() }
        let standing = Background { try standby.run() }
        first.stop()
        try running.result()
        ready.wait(for: 2)
        #expect(try desk.ledger.office()?.epoch == 2)
        standby.stop()
        try standing.result()
        #expect(try LiveStatus.isCoordinatorRunning(in: desk.folder) == false)
    }

    @Test("L7: a standby that is asked to stop leaves at once, without office")
    func standbyStops() throws {
        let desk = try Desk()
        let lock = try FileLock.take("\(desk.folder)/coordinator.lock")
        let standby = try desk.process(isStandby: true)
        let standing = Background { try standby.run() }
        standby.stop()
        try standing.result()
        #expect(try desk.ledger.office() == nil)
        withExtendedLifetime(lock) {}
    }

    @Test("O2: a coordinator that lost its office without knowing stores nothing more and ends")
    func replaced() throws {
        let desk = try Desk()
        let ready = Count()
        let process = try desk.process { ready.raise() }
        let running = Background { try process.run() }
        ready.wait(for: 1)
        _ = try desk.ledger.takeOffice(Desk.incarnation(2), program: "usurper")
        _ = try desk.declare()
        #expect(throws: Fenced.self) { try running.result() }
        #expect(try desk.ledger.images().isEmpty)
    }

    @Test("a job is opened for what is declared, and a table without records is cut into one range")
    func opens() throws {
        let desk = try Desk()
        _ = try desk.declare()
        let process = try desk.process()
        let running = Background { try process.run() }
        while try desk.ledger.images().first?.row.isDiscovered != true { sched_yield() }
        process.stop()
        try running.result()
        #expect(try desk.ledger.images()[0].ranges.map(\.interval) == [.everything])
    }

    @Test("P6, L1: on a full disk the coordinator waits, longer each time, also when mail comes; with room it goes on")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let limit = { @Sendable (bytes: rlim_t) in
                var limit = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
                guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(2) }
            }
            let desk = try Desk()
            try desk.put(0..<500)
            _ = try desk.declare()
            let log = desk.log
            let failures = { @Sendable in log.all.filter { $0.contains("the ledger cannot be written, ") }.count }
            let process = try desk.process { limit(12_288) }
            let running = Background { try process.run() }
            while failures() == 0 { sched_yield() }
            let began = ShellClock.microseconds()
            // Mail that waits must not turn the waits into a spin.
            for _ in 0..<10 { process.mailbox.post(.event(.tick)) }
            while failures() < 6 {
                guard ShellClock.microseconds() - began < 60_000_000 else { exit(5) }
                sched_yield()
            }
            guard ShellClock.microseconds() - began >= 150_000 else { exit(3) }
            guard try desk.ledger.images().isEmpty else { exit(4) }
            limit(rlim_t.max)
            while try desk.ledger.images().isEmpty { sched_yield() }
            process.stop()
            try running.result()
        }
    }

    @Test("L1: what may pass is waited for; what stays ends the coordinator for a successor")
    func mayPass() {
        let lmdb = { (code: LMDBError.Code) in LMDBError(code: code, call: "mdb_txn_commit", context: "testing") }
        for code in [LMDBError.Code.system(ENOSPC), .system(EIO), .mapFull, .readersFull] {
            #expect(CoordinatorLoop.mayPass(lmdb(code)))
        }
        #expect(CoordinatorLoop.mayPass(GaplessError(.busy, "")))
        for code in [LMDBError.Code.corrupted, .panic, .badTransaction] {
            #expect(!CoordinatorLoop.mayPass(lmdb(code)))
        }
        for code in [ErrorCode.wrongState, .corrupt, .defect] {
            #expect(!CoordinatorLoop.mayPass(GaplessError(code, "")))
        }
        #expect(!CoordinatorLoop.mayPass(Fenced.office(nil)))
    }
}
