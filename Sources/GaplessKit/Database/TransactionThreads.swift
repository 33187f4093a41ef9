internal import Supervision
internal import Synchronization

/// Threads for transactions that tasks await: at most so many at one time, others wait in order and hold no thread.
final class TransactionThreads: Sendable {
    /// What is to be done; it is given the reason if there is no thread for it.
    typealias Job = @Sendable (_ refusal: (any Error)?) -> Void

    private struct State {
        var running = 0
        var waiting: [Job] = []
    }

    private let name: String
    private let max: Int
    private let state = Mutex(State())

    /// `name` is what `ps -L` shows.
    init(name: String, max: Int) {
        self.name = name
        self.max = max
    }

    /// Has the job done on one of the threads; it is called exactly once. Returns at once.
    func run(_ job: @escaping Job) {
        let isAdmitted = state.withLock { state in
            guard state.running < max else {
                state.waiting.append(job)
                return false
            }
            state.running += 1
            return true
        }
        guard isAdmitted else { return }
        do {
            try BlockingThread(name: name) { self.work(beginningWith: job) }.detach()
        } catch {
            for refused in [job] + leave() { refused(error) }
        }
    }

    /// One job after the other until none waits.
    private func work(beginningWith first: @escaping Job) {
        var job: Job? = first
        while let current = job {
            current(nil)
            job = state.withLock { state in
                guard !state.waiting.isEmpty else {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
        }
    }

    /// After a thread could not be started: those that wait for it, if no other thread is left to take them.
    private func leave() -> [Job] {
        state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
