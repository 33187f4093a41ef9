// Goal: the shell carries out the plan on real processes. Method: children of /bin/sh and /bin/sleep; the test waits
// for the supervisor's notices and the children's lines, and ends every child through the supervisor.
import Glibc
import Logging
import Testing

@testable import Supervision

let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

@Suite("A supervisor of real processes")
struct SupervisorTests {
    /// A supervisor on a thread of its own, with its notices.
    final class Running: Sendable {
        let supervisor: Supervisor
        let notices = Inbox<Supervisor.Notice>()
        let ended = Inbox<Result<Void, any Error>>()

        init(isHealthy: @escaping @Sendable (Supervisor.Status) -> Bool = { _ in true }) throws {
            let notices = notices
            supervisor = try Supervisor(log: quiet, onNotice: { notices.put($0) }, isHealthy: isHealthy)
        }

        func start() throws {
            try BlockingThread(name: "supervisor") { [supervisor, ended] in
                ended.put(Result { try supervisor.run() })
            }.detach()
        }

        func stop() throws {
            supervisor.stopAll()
            try ended.take().get()
        }

        func pid(of id: ChildID) throws -> Int32 {
            try #require(supervisor.children.first { $0.id == id }?.process?.pid)
        }
    }

    static let eager = RestartPolicy(firstDelay: .milliseconds(1), delayMax: .milliseconds(5))

    static func sleeper(_ name: String = "sleeper") -> ChildSpec {
        ChildSpec(name: name, executable: "/bin/sleep", arguments: ["1000"], restart: eager)
    }

    @Test("a killed child comes back as another process")
    func restarts() throws {
        let running = try Running()
        let id = running.supervisor.add(Self.sleeper())
        try running.start()
        #expect(try running.notices.take() == .started(id))
        let before = try #require(running.supervisor.children.first?.process)
        #expect(try before.isRunning())
        kill(before.pid, SIGKILL)
        #expect(try running.notices.take() == .ended(id, .signal(SIGKILL)))
        guard case .restarting(id, _) = try running.notices.take() else { throw Unexpected() }
        #expect(try running.notices.take() == .started(id))
        let after = try #require(running.supervisor.children.first?.process)
        #expect(before != after)
        #expect(try !before.isRunning())
        try running.stop()
        #expect(running.supervisor.children.map(\.hasEnded) == [true])
        #expect(try !after.isRunning())
    }

    @Test("a child that ignores SIGTERM is killed after its grace period")
    func killsAfterGrace() throws {
        let running = try Running()
        let ready = Inbox<String>()
        let id = running.supervisor.add(
            ChildSpec(
                name: "stubborn", executable: "/bin/sh",
                arguments: ["-c", "trap '' TERM; echo ready; while :; do sleep 1000; done"],
                output: .lines { ready.put($1) }, restart: Self.eager, grace: .milliseconds(20)))
        try running.start()
        #expect(try ready.take() == "ready")
        try running.stop()
        #expect(try running.notices.take { $0 != .started(id) } == .killing(id))
        #expect(try running.notices.take() == .ended(id, .signal(SIGKILL)))
    }

    @Test("kill all does not wait for the grace period")
    func killsAll() throws {
        let running = try Running()
        let ready = Inbox<String>()
        running.supervisor.add(
            ChildSpec(
                name: "stubborn", executable: "/bin/sh", arguments: ["-c", "trap '' TERM; echo ready; sleep 1000"],
                output: .lines { ready.put($1) }, grace: .seconds(1000)))
        try running.start()
        _ = try ready.take()
        running.supervisor.stopAll()
        running.supervisor.killAll()
        try running.ended.take().get()
    }

    @Test("a rolling restart replaces one after the other and waits for health")
    func rolls() throws {
        let questions = Inbox<Int32>()
        let answers = Inbox<Bool>()
        let running = try Running(isHealthy: { status in
            questions.put(status.process?.pid ?? 0)
            // No answer is not healthy: the test then fails for want of a notice.
            return (try? answers.take()) ?? false
        })
        let ids = ["a", "b"].map { running.supervisor.add(Self.sleeper($0)) }
        try running.start()
        for id in ids { #expect(try running.notices.take() == .started(id)) }
        let before = try ids.map { try running.pid(of: $0) }
        running.supervisor.restartRolling(ids)
        for id in ids {
            #expect(try running.notices.take() == .ended(id, .signal(SIGTERM)))
            #expect(try running.notices.take() == .started(id))
            answers.put(false)
            answers.put(true)
            let asked = try [questions.take(), questions.take()]
            #expect(asked[0] == asked[1] && !before.contains(asked[0]) && asked[0] > 0)
        }
        #expect(try running.notices.take() == .rollingEnded(unhealthy: nil, isComplete: true))
        let after = try ids.map { try running.pid(of: $0) }
        #expect(Set(before).isDisjoint(with: after))
        try running.stop()
    }

    @Test("an exit that a restart cannot help ends the child for good, and the run with the last one")
    func givesUp() throws {
        let running = try Running()
        let id = running.supervisor.add(ChildProcessTests.shell("exit 78"))
        try running.start()
        #expect(try running.notices.take(until: { $0 == .gaveUp(id, .code(78)) }) == .gaveUp(id, .code(78)))
        try running.ended.take().get()
    }

    @Test("a program that cannot be started is tried again until all is stopped")
    func startFailure() throws {
        let running = try Running()
        let id = running.supervisor.add(ChildSpec(name: "none", executable: "/no/such/program", restart: Self.eager))
        try running.start()
        for _ in 0..<3 {
            guard case .startFailed(id, _) = try running.notices.take() else { throw Unexpected() }
            guard case .restarting(id, _) = try running.notices.take() else { throw Unexpected() }
        }
        try running.stop()
    }

    @Test("lines come whole, from both streams, the last one without its newline too")
    func lines() throws {
        let running = try Running()
        let lines = Inbox<String>()
        let script = "printf 'one\\ntw'; printf 'o\\nlast'; printf 'oops\\n' >&2; exit 64"
        running.supervisor.add(
            ChildProcessTests.shell(script, output: .lines { lines.put($0 == .error ? "error: \($1)" : $1) }))
        try running.start()
        try running.ended.take().get()
        #expect(
            try Set([lines.take(), lines.take(), lines.take(), lines.take()]) == ["one", "two", "last", "error: oops"])
    }

    @Test("a child learns who its supervisor is")
    func tellsIdentity() throws {
        let running = try Running()
        let lines = Inbox<String>()
        running.supervisor.add(
            ChildProcessTests.shell("echo $\(ParentWatch.variable); exit 64", output: .lines { lines.put($1) }))
        try running.start()
        #expect(try ProcessIdentity(lines.take()) == ProcessIdentity.current())
        try running.ended.take().get()
    }
}

struct Unexpected: Error {}
