// Goal: signals become requests, in order. Method: the counting on values; the waiting in a process of its own, where
// real signals are sent to the thread that waits.
import Glibc
import Testing

@testable import Supervision

@Suite("Signals that ask for an end")
struct ShutdownSignalsTests {
    @Test("the first asks, the second and all after it are at once, SIGHUP counts for nothing")
    func counting() {
        var counter = ShutdownSignals.Counter()
        let requests = [SIGHUP, SIGTERM, SIGHUP, SIGINT, SIGTERM].map { counter.request(for: $0) }
        #expect(requests == [.reload, .stop, .reload, .stopNow, .stopNow])
    }

    @Test("a process that installed them is not ended by them, but asked")
    func realSignals() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let requests = Inbox<ShutdownSignals.Request>()
            let threads = Inbox<pthread_t>()
            try ShutdownSignals.install({ requests.put($0) }, onStart: { threads.put($0) })
            let thread = try threads.take()
            for (signal, request) in [
                (SIGHUP, ShutdownSignals.Request.reload), (SIGTERM, .stop), (SIGINT, .stopNow),
            ] {
                pthread_kill(thread, signal)
                guard try requests.take() == request else { exit(1) }
            }
            exit(42)
        }
    }

    @Test("a write to a closed pipe is an error and not the end")
    func brokenPipe() async {
        await #expect(processExitsWith: .exitCode(42)) {
            ShutdownSignals.ignoreBrokenPipes()
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, close(ends[0]) == 0 else { exit(1) }
            let count = write(ends[1], &ends, 1)
            exit(count == -1 && errno == EPIPE ? 42 : 2)
        }
    }
}
