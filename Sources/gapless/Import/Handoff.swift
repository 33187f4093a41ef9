import Glibc

/// Hands values from one thread to another, a bounded number at a time: the faster one waits for the slower one.
final class Handoff<Value: Sendable>: @unchecked Sendable {
    // Everything below is read and written under `mutex` only; a value belongs to the thread that took it.
    private var values: [Value] = []
    private var isClosed = false
    private let capacity: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Waits for room and puts a value; false when it was closed, and the value is dropped.
    @discardableResult
    func put(_ value: Value) -> Bool {
        locked {
            while values.count == capacity, !isClosed { pthread_cond_wait(changed, mutex) }
            guard !isClosed else { return false }
            values.append(value)
            pthread_cond_broadcast(changed)
            return true
        }
    }

    /// Waits for a value; nil when it was closed and none is left.
    func take() -> Value? {
        locked {
            while values.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
            guard !values.isEmpty else { return nil }
            pthread_cond_broadcast(changed)
            return values.removeFirst()
        }
    }

    /// A value if one is there now.
    func takeIfPresent() -> Value? {
        locked { values.isEmpty ? nil : values.removeFirst() }
    }

    /// No more values: whoever waits goes on.
    func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
        }
    }

    private func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
