internal import Glibc

/// A thread for work that blocks, which must not sit on a thread of the Swift runtime.
public struct BlockingThread: ~Copyable, Sendable {
    private let thread: pthread_t

    /// Starts it; `name` is what `ps -L` shows, at most 15 bytes.
    public init(name: String, _ body: @escaping @Sendable () -> Void) throws {
        // Signals that end or reload the process are for the thread that waits for them, whenever that is started.
        let signals = try BlockedSignals()
        defer { signals.restore() }
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                GlibcGaps.nameThisThread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemFailure("pthread_create", name, code: code)
        }
        self.thread = thread
    }

    /// The signals of `ShutdownSignals`, blocked in this thread, and so in threads that it starts, until `restore`.
    private struct BlockedSignals {
        private var before = sigset_t()

        init() throws {
            var set = sigset_t()
            sigemptyset(&set)
            for signal in ShutdownSignals.signals { sigaddset(&set, signal) }
            let code = pthread_sigmask(SIG_BLOCK, &set, &before)
            guard code == 0 else { throw SystemFailure("pthread_sigmask", "for a new thread", code: code) }
        }

        func restore() {
            var before = before
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
    }

    /// Waits until the body has returned.
    @available(*, noasync)
    public consuming func join() {
        let code = pthread_join(thread, nil)
        precondition(code == 0, "a thread can be joined once, by another thread")
    }

    /// Lets it run to its end unobserved.
    public consuming func detach() {
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}
