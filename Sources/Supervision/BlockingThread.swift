internal import Glibc

/// A thread for work that blocks, which must not sit on a thread of the Swift runtime.
public struct BlockingThread: ~Copyable, Sendable {
    /// Who goes first where threads are more than processors.
    public enum Priority: Sendable {
        /// As the process.
        case normal
        /// The same share, and nobody's turn is broken off when it wakes up: for threads that compute for long. Who
        /// gave such a thread the lock that it waited for has yet to tell its own caller.
        case bulk
        /// So too, and a third of the share: for threads that hold nothing that others wait for.
        case background
    }

    private let thread: pthread_t

    /// Starts it; `name` is what `ps -L` shows, at most 15 bytes.
    public init(name: String, priority: Priority = .normal, _ body: @escaping @Sendable () -> Void) throws {
        // Signals that end or reload the process are for the thread that waits for them, whenever that is started.
        let signals = try BlockedSignals()
        defer { signals.restore() }
        let box = Unmanaged.passRetained(Body(name: name, priority: priority, run: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                GlibcGaps.nameThisThread(body.name)
                BlockingThread.lower(to: body.priority)
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemFailure("pthread_create", name, code: code)
        }
        self.thread = thread
    }

    /// What is added to the nice value of a thread in the background.
    static let backgroundNice: Int32 = 5
    /// The scheduling policies of Linux for those that are not urgent, and the usual one: the C library declares the
    /// former for programs that ask for GNU's extensions only.
    static let batchPolicy: Int32 = 3
    private static let usualPolicy: Int32 = 0

    /// Lowers the calling thread's claims: on Linux these calls, with 0, mean this thread alone.
    ///
    /// Everybody may lower their own. A system that refuses all the same leaves the thread as it was: slower for
    /// others, and nothing else. Where an operator gave the process another policy, that stays.
    private static func lower(to priority: Priority) {
        guard priority != .normal, sched_getscheduler(0) == usualPolicy else { return }
        breakOffTurns(false)
        guard priority == .background else { return }
        let this = __priority_which_t(PRIO_PROCESS.rawValue)
        _ = setpriority(this, 0, min(getpriority(this, 0) + backgroundNice, 19))
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

    /// Whether the calling thread breaks off others' turns when it wakes up, as threads of normal priority do; for one
    /// that steps back for a while. Where an operator gave the process another policy, that stays.
    public static func breakOffTurns(_ isOn: Bool) {
        guard sched_getscheduler(0) == (isOn ? batchPolicy : usualPolicy) else { return }
        var parameters = sched_param()
        // A system that refuses leaves all as it was: slower for somebody, and nothing else.
        _ = sched_setscheduler(0, isOn ? usualPolicy : batchPolicy, &parameters)
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
        let priority: Priority
        let run: @Sendable () -> Void

        init(name: String, priority: Priority, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.priority = priority
            self.run = run
        }
    }
}
