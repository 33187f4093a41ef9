// Goal: a child learns of its supervisor's death, however it came and whenever the child looks. Method: a sleeping
// process plays the supervisor.
import Glibc
import Testing

@testable import Supervision

@Suite("A child watches its supervisor")
struct ParentWatchTests {
    @Test("it is told when the supervisor is killed, and not before")
    func killed() throws {
        let parent = try ChildProcess(ChildProcessTests.shell("exec sleep 1000"))
        let told = Inbox<Result<Bool, any Error>>()
        try ParentWatch.start(supervisor: parent.identity.description) { failure in
            told.put(failure.map { .failure($0) } ?? Result { try parent.identity.isRunning() })
        }
        try parent.signal(SIGKILL)
        #expect(try told.take().get() == false)
        _ = try parent.wait()
    }

    @Test("it is told at once when the supervisor had ended before")
    func endedBefore() throws {
        let parent = try ChildProcess(ChildProcessTests.shell("exit 0"))
        _ = try parent.wait()
        let told = Inbox<Int32>()
        try ParentWatch.start(supervisor: parent.identity.description) { told.put($0 == nil ? 1 : 0) }
        #expect(try told.take() == 1)
    }

    @Test("O1: it is told at once when another process has the supervisor's PID")
    func reusedPID() throws {
        let now = try ProcessIdentity.current()
        let before = ProcessIdentity(host: now.host, bootID: now.bootID, pid: now.pid, startTicks: now.startTicks - 1)
        let told = Inbox<Int32>()
        try ParentWatch.start(supervisor: before.description) { told.put($0 == nil ? 1 : 0) }
        #expect(try told.take() == 1)
    }

    @Test("a variable that holds no identity is an error")
    func malformed() {
        #expect(throws: SystemFailure.self) { try ParentWatch.start(supervisor: "nobody") { _ in } }
    }
}
