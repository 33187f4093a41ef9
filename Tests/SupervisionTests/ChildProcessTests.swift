// Goal: a child is started as asked, its end is told exactly, and nothing of it stays behind. Method: real programs of
// the system, waited for by their pidfds and pipes.
import Glibc
import Testing

@testable import Supervision

@Suite("A child process")
struct ChildProcessTests {
    static func shell(_ script: String, output: ChildSpec.Output = .inherited) -> ChildSpec {
        ChildSpec(name: "child", executable: "/bin/sh", arguments: ["-c", script], output: output)
    }

    @Test("its exit code is told, again and again")
    func exitCode() throws {
        let child = try ChildProcess(Self.shell("exit 3"))
        #expect(try child.wait() == .code(3))
        #expect(try child.wait(timeout: .zero) == .code(3))
    }

    @Test("the signal that killed it is told, and none is sent once it was waited for")
    func signalled() throws {
        let child = try ChildProcess(Self.shell("exec sleep 1000"))
        #expect(try child.wait(timeout: .zero) == nil)
        #expect(try child.signal(SIGKILL))
        #expect(try child.wait() == .signal(SIGKILL))
        #expect(try !child.signal(SIGKILL))
    }

    @Test("it has a group of its own, no blocked or ignored signals, and an empty standard input")
    func surroundings() throws {
        let lines = Inbox<String>()
        let script = "read line || echo empty; ps -o pgid= -p $$; exec grep -E '^Sig(Blk|Ign)' /proc/self/status"
        let supervisor = try Supervisor(log: quiet)
        var spec = Self.shell(script, output: .lines { lines.put($1) })
        spec.restart = RestartPolicy(isSuccessFinal: true)
        supervisor.add(spec)
        try supervisor.run()
        #expect(try lines.take() == "empty")
        let group = try #require(Int32(lines.take().filter { $0 != " " }))
        #expect(group != getpgrp())
        let signals = try [lines.take(), lines.take()].map { try #require($0.split(separator: "\t").last) }
        // SIGTERM, SIGINT, SIGHUP and SIGPIPE: bits 14, 1, 0 and 12.
        for mask in try signals.map({ try #require(UInt64($0, radix: 16)) }) { #expect(mask & 0x5003 == 0) }
    }

    @Test("variables are the parent's and those given, which win")
    func environment() throws {
        let lines = Inbox<String>()
        var spec = Self.shell("echo $PATH; echo $HOME; echo $GAPLESS_TEST", output: .lines { lines.put($1) })
        spec.environment = ["HOME": "/given", "GAPLESS_TEST": "a=b c"]
        spec.restart = RestartPolicy(isSuccessFinal: true)
        let supervisor = try Supervisor(log: quiet)
        supervisor.add(spec)
        try supervisor.run()
        #expect(try lines.take() == String(cString: try #require(getenv("PATH"))))
        #expect(try lines.take() == "/given")
        #expect(try lines.take() == "a=b c")
    }

    @Test("what it started dies with it")
    func groupDies() throws {
        let lines = Inbox<String>()
        let supervisor = try Supervisor(log: quiet)
        var spec = Self.shell("sleep 1000 & echo $!; exit 0", output: .lines { lines.put($1) })
        spec.restart = RestartPolicy(isSuccessFinal: true)
        supervisor.add(spec)
        try supervisor.run()
        let grandchild = try #require(Int32(try lines.take()))
        do {
            #expect(try PidDescriptor(pid: grandchild).waitForEnd(timeout: .seconds(30)))
        } catch let failure as SystemFailure {
            #expect(failure.code == ESRCH)
        }
    }

    @Test("a program that is not there is an error that names it")
    func missingProgram() {
        let error = #expect(throws: SystemFailure.self) {
            try ChildProcess(ChildSpec(name: "child", executable: "/no/such/program"))
        }
        #expect(error?.code == ENOENT)
        #expect(error?.description == "posix_spawn /no/such/program: No such file or directory")
    }
}
