// Goal: what a program says is kept whole, whatever its size and order, and a program that is not wanted any more ends.
// Method: real processes of sh.
import Glibc
import Supervision
import Testing

@Suite("Programs run to their end")
struct ChildCaptureTests {
    private func sh(_ script: String) -> ChildSpec {
        ChildSpec(name: "sh", executable: "/bin/sh", arguments: ["-c", script])
    }

    @Test("both streams and the exit code are kept")
    func both() throws {
        let captured = try ChildProcess.capture(sh("printf out; printf err >&2; exit 3"))
        #expect(captured.exit == .code(3))
        #expect(captured.output == Array("out".utf8) && captured.errors == Array("err".utf8))
    }

    @Test("more than the pipes hold, on both streams at once, in one line")
    func much() throws {
        let captured = try ChildProcess.capture(sh("yes x | head -c 300000 | tr -d '\\n' | tee /dev/stderr"))
        #expect(captured.output.count == 150_000 && captured.errors.count == 150_000)
        #expect(captured.output.allSatisfy { $0 == UInt8(ascii: "x") })
    }

    @Test("output that is handed over is not kept as well")
    func handedOver() throws {
        var pieces: [UInt8] = []
        let captured = try ChildProcess.capture(sh("printf a; printf b"), onOutput: { pieces += $0 })
        #expect(pieces == Array("ab".utf8) && captured.output.isEmpty)
    }

    private struct Enough: Error {}

    @Test("a taker that throws ends the program, which would go on for ever")
    func refused() throws {
        var started: ChildProcess?
        #expect(throws: Enough.self) {
            try ChildProcess.capture(sh("yes"), onStart: { started = $0 }, onOutput: { _ in throw Enough() })
        }
        let process = try #require(started)
        #expect(try process.wait(timeout: .zero) == .signal(SIGKILL))
    }
}
