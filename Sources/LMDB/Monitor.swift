internal import Glibc

/// State under a lock, with waiting until it satisfies a condition.
///
/// Whatever is done under the lock wakes all that wait; they are few. `@unchecked Sendable`: the mutex guards `state`.
@safe
final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var state: State
    private var waiters = 0

    init(_ state: sending State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        let statuses = unsafe (pthread_mutex_init(mutex, nil), pthread_cond_init(changed, nil))
        invariant(statuses == (0, 0), "cannot make a lock: \(statuses)")
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` on the state under the lock.
    func withLock<R>(_ body: (inout State) throws -> R) rethrows -> R {
        lock()
        defer { unlock() }
        return try body(&state)
    }

    /// Waits until `condition` holds, then runs `body` without giving the lock up in between.
    func wait<R>(until condition: (State) -> Bool, then body: (inout State) throws -> R) rethrows -> R {
        lock()
        defer { unlock() }
        while !condition(state) {
            waiters += 1
            let status = unsafe pthread_cond_wait(changed, mutex)
            waiters -= 1
            invariant(status == 0, "pthread_cond_wait: \(status)")
        }
        return try body(&state)
    }

    private func lock() {
        let status = unsafe pthread_mutex_lock(mutex)
        invariant(status == 0, "pthread_mutex_lock: \(status)")
    }

    private func unlock() {
        if waiters > 0 { unsafe pthread_cond_broadcast(changed) }
        let status = unsafe pthread_mutex_unlock(mutex)
        invariant(status == 0, "pthread_mutex_unlock: \(status)")
    }
}
