import Runtime
import Supervision
import Tables

extension VerifyTeam {
    /// So many threads, of which the calling one is the first.
    @available(*, noasync)
    static func threads(_ count: Int) -> VerifyTeam {
        VerifyTeam(size: count) { body in
            guard count > 1 else { return body(0) }
            let go = Channel<Int>(capacity: count)
            let ended = Channel<Bool>(capacity: count)
            // A thread that cannot be started leaves the others without their word to go, and none begins.
            defer { go.close() }
            for _ in 1..<count {
                try BlockingThread(name: "verify") {
                    if let member = go.receive() { body(member) }
                    _ = ended.send(true)
                }.detach()
            }
            for member in 1..<count { _ = go.send(member) }
            body(0)
            for _ in 1..<count { _ = ended.receive() }
        }
    }
}
