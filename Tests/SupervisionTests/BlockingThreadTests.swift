import Glibc
import Testing

@testable import Supervision

/// Goal: threads that compute for long leave processors to others, and no other thread changes.
///
/// Method: threads say what the system has of them.
@Suite struct BlockingThreadTests {
    @Test func `a thread has the claims that it was started with, and so do those around it`() throws {
        let before = Claims.ofThisThread
        let cases: [(BlockingThread.Priority, Claims)] = [
            (.normal, before), (.bulk, Claims(policy: BlockingThread.batchPolicy, nice: before.nice)),
            (
                .background,
                Claims(policy: BlockingThread.batchPolicy, nice: min(before.nice + BlockingThread.backgroundNice, 19))
            ),
        ]
        for (priority, expected) in cases {
            let said = Inbox<Claims>()
            try BlockingThread(name: "claims", priority: priority) { said.put(Claims.ofThisThread) }.join()
            #expect(try said.take() == expected)
            #expect(Claims.ofThisThread == before)
        }
    }

    @Test func `a thread steps back and returns, and one in the background keeps its share`() throws {
        for priority in [BlockingThread.Priority.normal, .background] {
            let said = Inbox<Claims>()
            try BlockingThread(name: "claims", priority: priority) {
                said.put(Claims.ofThisThread)
                for isOn in [false, false, true, true] {
                    BlockingThread.breakOffTurns(isOn)
                    said.put(Claims.ofThisThread)
                }
            }.join()
            let before = try said.take()
            let after = try (0..<4).map { _ in try said.take() }
            #expect(after.map(\.policy) == [3, 3, 0, 0])
            #expect(after.allSatisfy { $0.nice == before.nice })
        }
    }

    @Test func `a policy that an operator chose stays`() throws {
        let said = Inbox<Claims>()
        try BlockingThread(name: "idle") {
            var parameters = sched_param()
            // 5 is the policy for those that work when nobody else does.
            #expect(sched_setscheduler(0, 5, &parameters) == 0)
            said.put(Claims.ofThisThread)
            do {
                try BlockingThread(name: "claims", priority: .background) { said.put(Claims.ofThisThread) }.join()
            } catch {
                Issue.record(error)
            }
        }.join()
        let mine = try said.take()
        #expect(mine.policy == 5)
        #expect(try said.take() == mine)
    }
}

/// What a thread may claim of the processors.
private struct Claims: Hashable {
    let policy: Int32
    let nice: Int32

    init(policy: Int32, nice: Int32) {
        self.policy = policy
        self.nice = nice
    }

    static var ofThisThread: Claims {
        Claims(policy: sched_getscheduler(0), nice: getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
    }
}
