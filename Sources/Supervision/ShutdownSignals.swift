internal import Glibc

/// Turns SIGTERM, SIGINT and SIGHUP into calls of a function on a thread of its own.
///
/// The signals are blocked and waited for, not handled: no system call of any thread is interrupted by them. For that
/// they must be blocked before other threads exist, which inherit the mask: call `install` first thing in a program.
public enum ShutdownSignals {
    /// What a signal asks for.
    public enum Request: Hashable, Sendable {
        /// The first SIGTERM or SIGINT: stop gracefully.
        case stop
        /// A second one: stop at once.
        case stopNow
        /// SIGHUP: reopen logs, read settings again.
        case reload
    }

    /// The decision on values: what each signal asks for, given those before it.
    struct Counter {
        private var stops = 0

        mutating func request(for signal: Int32) -> Request {
            if signal == SIGHUP { return .reload }
            stops += 1
            return stops == 1 ? .stop : .stopNow
        }
    }

    static let signals = [SIGTERM, SIGINT, SIGHUP]

    /// Blocks the signals in the calling thread and starts the thread that waits for them; it runs as long as the
    /// process.
    public static func install(_ onRequest: @escaping @Sendable (Request) -> Void) throws {
        try install(onRequest, onStart: { _ in })
    }

    /// `onStart` is told the thread that waits.
    static func install(
        _ onRequest: @escaping @Sendable (Request) -> Void, onStart: @escaping @Sendable (pthread_t) -> Void
    ) throws {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        let code = pthread_sigmask(SIG_BLOCK, &set, nil)
        guard code == 0 else { throw SystemFailure("pthread_sigmask", "SIGTERM, SIGINT, SIGHUP", code: code) }
        let waited = set
        try BlockingThread(name: "signals") {
            onStart(pthread_self())
            waitForSignals(in: waited, onRequest)
        }.detach()
    }

    private static func waitForSignals(in waited: sigset_t, _ onRequest: (Request) -> Void) -> Never {
        var counter = Counter()
        var set = waited
        while true {
            var signal: Int32 = 0
            // The only failure is a signal that does not exist, and the set is a constant.
            guard sigwait(&set, &signal) == 0 else { fatalError("sigwait refused the set of signals") }
            onRequest(counter.request(for: signal))
        }
    }

    /// Makes a write to a closed pipe or socket an error of that write (EPIPE) in place of the end of the process.
    public static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }
}
