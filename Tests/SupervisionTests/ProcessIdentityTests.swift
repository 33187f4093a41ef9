// Goal: an identity names exactly one process. Method: this process, children that end, and made-up lines of /proc.
import Glibc
import Testing

@testable import Supervision

@Suite("Who a process is")
struct ProcessIdentityTests {
    @Test("this process is running, and its text reads back")
    func thisProcess() throws {
        let identity = try ProcessIdentity.current()
        #expect(identity.pid == getpid())
        #expect(!identity.host.isEmpty && identity.bootID.count == 36 && identity.startTicks > 0)
        #expect(try identity.isRunning())
        #expect(ProcessIdentity(identity.description) == identity)
    }

    @Test("O1: the same PID with another start, host or boot is another process")
    func reusedPID() throws {
        let now = try ProcessIdentity.current()
        let others = [
            ProcessIdentity(host: now.host, bootID: now.bootID, pid: now.pid, startTicks: now.startTicks + 1),
            ProcessIdentity(host: "other", bootID: now.bootID, pid: now.pid, startTicks: now.startTicks),
            ProcessIdentity(host: now.host, bootID: "other", pid: now.pid, startTicks: now.startTicks),
        ]
        for other in others { #expect(try !other.isRunning()) }
    }

    @Test("a process that has ended is not running, be it still a zombie")
    func zombie() throws {
        let child = try ChildProcess(ChildProcessTests.shell("exec sleep 1000"))
        #expect(try child.identity.isRunning())
        try child.signal(SIGKILL)
        #expect(try PidDescriptor(pid: child.pid).waitForEnd(timeout: .seconds(30)))
        #expect(try ProcessStat(pid: child.pid)?.isRunning == false)
        #expect(try !child.identity.isRunning())
        _ = try child.wait()
        #expect(try ProcessIdentity.running(pid: child.pid) == nil)
    }

    @Test("O1: what is found of a process is itself, its end, or nothing that can be told")
    func finding() throws {
        func name(_ finding: ProcessHandle.Finding) -> String {
            switch finding {
            case .running: "running"
            case .ended: "ended"
            case .hidden: "hidden"
            }
        }
        let child = try ChildProcess(ChildProcessTests.shell("exec sleep 1000"))
        let identity = child.identity
        #expect(name(try ProcessHandle.find(identity)) == "running")
        let reused = ProcessIdentity(
            host: identity.host, bootID: identity.bootID, pid: identity.pid, startTicks: identity.startTicks - 1)
        #expect(name(try ProcessHandle.find(reused)) == "ended", "its PID is somebody else's now")
        try child.signal(SIGKILL)
        #expect(try PidDescriptor(pid: child.pid).waitForEnd(timeout: .seconds(30)))
        #expect(name(try ProcessHandle.find(identity)) == "ended", "a zombie")
        _ = try child.wait()
        #expect(name(try ProcessHandle.find(identity)) == "ended", "gone")
    }

    @Test("a process can name its PID namespace, and a child has the same")
    func namespace() throws {
        let own = try #require(try ProcessIdentity.pidNamespace())
        #expect(own.contains("pid:[") && own.contains("time:["))
        #expect(try ProcessIdentity.pidNamespace() == own)
    }

    @Test("a program's name may hold parentheses and spaces")
    func oddNames() throws {
        let rest = (3...21).map { "\($0)" }.joined(separator: " ")
        let stat = try #require(ProcessStat(text: "7 (a) b) (c d) R \(rest.dropFirst(2)) 987654 0 0\n"))
        #expect(stat.startTicks == 987654 && stat.isRunning)
        #expect(ProcessStat(text: "7 (a) R 1 2 3") == nil)
        #expect(ProcessStat(text: "") == nil)
    }

    @Test("what is no identity is refused", arguments: ["", "a b c", "a b 0 4", "a b x 4", "a b 3 x", "a b 3 4 5"])
    func malformed(_ text: String) {
        #expect(ProcessIdentity(text) == nil)
    }
}
